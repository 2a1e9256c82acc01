"""The law as every decision knew it: found again by the digest that its entry holds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from gateway.adapters.protocol_files.checked import read_document
from gateway.adapters.protocol_files.compile import compile_document
from gateway.adapters.protocol_files.library import bundle_of, initial_events
from gateway.domain.bundle import Bundle
from gateway.domain.lifecycle import LifecycleEvent
from gateway.domain.protocol_document import ProtocolDocument
from gateway.domain.replay import Law

Documents = tuple[ProtocolDocument, ...]


class LawBook:
    """Finds what was law for `gateway.flows.replay`.

    Acts came one after the other, so the law was that of the first so many. A digest tells of how many;
    where none fits, the space ran on other documents, and nothing is said of its law.
    """

    def __init__(
        self,
        documents: Documents,
        acts: Sequence[LifecycleEvent],
        changed: Documents | None = None,
    ) -> None:
        self._known: dict[str, Law] = {}
        self._coming = _grown(documents, tuple(acts), documents if changed is None else changed)

    def find(self, digest: str) -> Law | None:
        """The law with this digest, or `None`."""
        while digest not in self._known:
            law = next(self._coming, None)
            if law is None:
                return None
            self._known[law.then.digest] = law
        return self._known[digest]


def drafted(path: Path) -> ProtocolDocument:
    """A draft as if it stood there from the start, whichever version it means to follow.

    Raises:
        ProtocolInvalid: with every defect found in it.
    """
    return replace(compile_document(read_document(path, is_draft=True)), supersedes=None)


def in_place(documents: Documents, draft: ProtocolDocument) -> Documents:
    """The documents with a draft instead of every version of its protocol, or beside them if it is new."""
    others = tuple(document for document in documents if document.id != draft.id)
    return tuple(sorted((*others, draft), key=lambda document: document.id))


def _grown(
    documents: Documents, acts: tuple[LifecycleEvent, ...], changed: Documents
) -> Iterator[Law]:
    for count in range(len(acts) + 1):
        then = _law(documents, acts[:count])
        yield Law(then, then if changed is documents else _law(changed, acts[:count]))


def _law(documents: Documents, acts: tuple[LifecycleEvent, ...]) -> Bundle:
    signed = [event for document in documents for event in initial_events(document)]
    return bundle_of(documents, (*signed, *acts))
