"""A protocol as prose: what a jurist reads, in Dutch, every sentence ending with its article."""

import datetime as dt
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from gateway.adapters.protocol_files import prose_clauses as clauses
from gateway.adapters.protocol_files.compile import digest
from gateway.adapters.protocol_files.prose_flows import flow_sentences
from gateway.adapters.protocol_files.prose_life import basis, life, standing_sentences
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.domain.standing import Standing

_Teller = Callable[[DocumentModel], Iterable[str]]
_BEFORE_FLOWS: Sequence[tuple[str, _Teller]] = (
    ("Grond", basis),
    ("Partijen", clauses.parties),
    ("Advies vooraf", clauses.advice),
    ("Doeleinden", clauses.purposes),
    ("Gegevens", clauses.fields),
    ("Wie toegang heeft", clauses.units),
)
_AFTER_FLOWS: Sequence[tuple[str, _Teller]] = (
    ("Doorgeven en verwerkers", clauses.onward),
    ("Bewaring", clauses.retention),
    ("Wat de gateway afdwingt", clauses.enforced),
    ("Wat enkel mensen kunnen bevestigen", clauses.attested),
    ("Kwaliteit van de gegevens", clauses.quality),
    ("Lekken en wijzigingen van de wet", clauses.incidents),
    ("Sancties", clauses.sanctions),
    ("Bekendmaking", clauses.publication),
    ("Begin en einde", life),
    ("Wat in de tekst wringt, en wat gekozen is", clauses.findings),
)


_KEPT = "\u00a0"
_CITED = re.compile(r"\([^()]{1,30}\)|\bart\. \d\S*")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the sentences under it."""

    heading: str
    sentences: tuple[str, ...]


def prose(document: DocumentModel) -> Sequence[Section]:
    """The whole document; sections without a sentence are left out."""
    sections = [
        *(Section(heading, tuple(tell(document))) for heading, tell in _BEFORE_FLOWS),
        *_flows(document),
        *(Section(heading, tuple(tell(document))) for heading, tell in _AFTER_FLOWS),
    ]
    return [section for section in sections if section.sentences]


def _flows(document: DocumentModel) -> Iterator[Section]:
    for flow in document.flows:
        yield Section(f"Stroom {flow.id}", tuple(flow_sentences(document, flow)))


def page(
    document: DocumentModel, standings: Sequence[Standing], at: dt.datetime, width: int
) -> str:
    """A page for a terminal of this width: title, version, how it stands at this instant, the prose."""
    now = Section("Stand", tuple(standing_sentences(document, standings, at)))
    head = [
        textwrap.fill(document.title, width),
        f"Protocol {document.id}, versie {document.version}",
        digest(document),
    ]
    return "\n".join([*head, *(_laid_out(one, width) for one in (now, *prose(document)))])


def _laid_out(section: Section, width: int) -> str:
    """A heading with its sentences; what a sentence cites at its end stays on one line."""
    lines = [
        textwrap.fill(
            _CITED.sub(lambda cited: cited[0].replace(" ", _KEPT), sentence),
            width,
            initial_indent="  ",
            subsequent_indent="    ",
            break_on_hyphens=False,
        ).replace(_KEPT, " ")
        for sentence in section.sentences
    ]
    return "\n".join(["", section.heading, *lines])
