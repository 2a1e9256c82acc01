"""One document: read, and checked for everything that can be wrong within it, all at once."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from gateway.adapters.protocol_files.agreement import (
    agreement_defects,
    example_defects,
    misnamed,
    unused_flows,
)
from gateway.adapters.protocol_files.citations import citation_defects
from gateway.adapters.protocol_files.form import check_form
from gateway.adapters.protocol_files.reader import (
    Defect,
    ProtocolInvalid,
    Sheet,
    parse_sheet,
    read_bytes,
    shown_name,
)
from gateway.adapters.protocol_files.references import name_defects
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.adapters.protocol_files.switches import path_defects, turn_defects
from gateway.adapters.protocol_files.values import value_defects

_MOST_AT_HAND = 32


def read_document(path: Path, *, is_draft: bool = False) -> DocumentModel:
    """One checked document; a draft may have any name, and examples of what it was before.

    Raises:
        ProtocolInvalid: with every defect found in the file.
    """
    return document_of(shown_name(path), read_bytes(path), is_draft=is_draft)


def document_of(name: str, raw: bytes, *, is_draft: bool = False) -> DocumentModel:
    """The checked document in these bytes; the last ones are at hand, for pages ask time and again.

    Raises:
        ProtocolInvalid: with every defect found in the file.
    """
    return _at_hand(name, raw, is_draft)


@lru_cache(maxsize=_MOST_AT_HAND)
def _at_hand(name: str, raw: bytes, is_draft: bool) -> DocumentModel:  # noqa: FBT001  one key, however it is asked
    return checked(parse_sheet(name, raw), is_draft=is_draft)


def check_files(paths: Iterable[Path]) -> Sequence[DocumentModel]:
    """Several documents, each by itself.

    Raises:
        ProtocolInvalid: with the defects of all of them together.
    """
    documents: list[DocumentModel] = []
    defects: list[Defect] = []
    for path in paths:
        try:
            documents.append(read_document(path))
        except ProtocolInvalid as invalid:
            defects += invalid.defects
    if defects:
        raise ProtocolInvalid(defects)
    return documents


def checked(sheet: Sheet, *, is_draft: bool = False) -> DocumentModel:
    """The document on a sheet.

    Raises:
        ProtocolInvalid: with every defect found. What a document must agree on is looked at only
            where its names lead somewhere, and its switches where nothing else is wrong.
    """
    document, found = check_form(sheet)
    names = _beside(found, name_defects(sheet))
    others = [*citation_defects(sheet), *value_defects(sheet)]
    found = [*found, *names, *_beside(found, iter(others))]
    if document is not None and not names:
        named = () if is_draft else _of_published(sheet, document)
        found += [*named, *agreement_defects(sheet, document), *path_defects(sheet, document)]
        found += turn_defects(sheet, document) if not found else ()
    if document is None or found:
        raise ProtocolInvalid(found)
    return document


def _of_published(sheet: Sheet, document: DocumentModel) -> Iterator[Defect]:
    yield from misnamed(sheet, document)
    yield from unused_flows(sheet, document)
    yield from example_defects(sheet, document)


def _beside(told: list[Defect], more: Iterator[Defect]) -> list[Defect]:
    """The defects at places of which nothing was told yet: one slip is told once."""
    places = {(defect.line, defect.key) for defect in told}
    return [defect for defect in more if (defect.line, defect.key) not in places]
