"""What documents must agree on together: one version in force, one protocol per flow and party, the LOCK."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.adapters.protocol_files.reader import Defect, ProtocolInvalid, read_sheet, shown_name
from gateway.adapters.protocol_files.yaml_tree import Place
from gateway.domain.bundle import replaces
from gateway.domain.protocol_document import ProtocolDocument

LOCK = "LOCK"
_DIGEST = "sha256:"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A document and the file that it came from."""

    path: Path
    document: ProtocolDocument

    def defect(self, place: Place, what: str, mend: str) -> Defect:
        """A defect at a place in the file, which is read again to find its line."""
        try:
            return read_sheet(self.path).defect(place, what, mend)
        except ProtocolInvalid:  # it changed in the meantime
            return Defect(self.path.name, 1, "", what, mend)


def files_of(folder: Path) -> Sequence[Path]:
    """The documents of a folder, in order; names that begin with a dot are somebody's scratch.

    Raises:
        ProtocolInvalid: there is no such folder, or no document in it.
    """
    try:
        listed = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise _unusable(folder, f"cannot be read: {why}") from None
    documents = [path for path in listed if path.suffix == ".yaml"]
    if not documents:
        raise _unusable(folder, "holds no document whose name ends in .yaml")
    return documents


def _unusable(folder: Path, what: str) -> ProtocolInvalid:
    mend = "name a folder that holds protocols"
    return ProtocolInvalid([Defect(shown_name(folder) or str(folder), 1, "", what, mend)])


def folder_defects(folder: Path, loaded: Sequence[Loaded]) -> Iterator[Defect]:
    """Everything in which documents that hold by themselves do not hold together."""
    for path in sorted(folder.glob("*.yml")):
        yield Defect(shown_name(path), 1, "", "would be passed over", "let its name end in .yaml")
    yield from _chains(loaded)
    yield from _rivals(loaded)
    yield from _lock(folder, loaded)


def _chains(loaded: Sequence[Loaded]) -> Iterator[Defect]:
    """The versions of a protocol form one chain; each but the first says which it supersedes."""
    by_id: Mapping[str, list[Loaded]] = _grouped(loaded)
    for versions in by_id.values():
        seen: dict[str, Loaded] = {}
        first: Loaded | None = None
        for one in sorted(versions, key=lambda one: (one.document.numbers, one.path.name)):
            yield from _link(one, seen, first)
            first = first or one
            seen.setdefault(one.document.version, one)
        yield from _forks(versions)


def _grouped(loaded: Sequence[Loaded]) -> Mapping[str, list[Loaded]]:
    found: defaultdict[str, list[Loaded]] = defaultdict(list)
    for one in loaded:
        found[one.document.id].append(one)
    return found


def _link(one: Loaded, seen: Mapping[str, Loaded], first: Loaded | None) -> Iterator[Defect]:
    document = one.document
    twin, before = seen.get(document.version), document.supersedes
    if twin is not None:
        what = f"{document.ref} stands in {twin.path.name} too"
        yield one.defect(("version",), what, "give it a version of its own, and `supersedes`")
    elif before is None and first is not None:
        what = f"two versions in force at once: {first.document.version} in {first.path.name}, and this"
        mend = f'add `supersedes: "{first.document.version}"`; an addendum then brings it in'
        yield one.defect(("version",), what, mend)
    elif before is not None and before not in seen:
        what = f"supersedes {before}, and no earlier version with this number is here"
        yield one.defect(("supersedes",), what, "correct it, or put that version beside this one")
    elif (
        before is not None
        and document.lifecycle.signed_on < seen[before].document.lifecycle.signed_on
    ):
        what = f"was signed before {before}, which it supersedes"
        yield one.defect(("lifecycle", "signed_on"), what, "correct the day, or `supersedes`")


def _forks(versions: Sequence[Loaded]) -> Iterator[Defect]:
    taken: dict[str, Loaded] = {}
    for one in sorted(versions, key=lambda one: (one.document.numbers, one.path.name)):
        before = one.document.supersedes
        if before is not None and before in taken:
            what = f"{taken[before].document.version} in {taken[before].path.name} supersedes {before} too"
            yield one.defect(("supersedes",), what, f'supersede "{taken[before].document.version}"')
        elif before is not None:
            taken[before] = one


def _rivals(loaded: Sequence[Loaded]) -> Iterator[Defect]:
    """No two protocols open one flow to one party at a time, unless one replaces the other."""
    opened: dict[tuple[str, str], list[Loaded]] = defaultdict(list)
    for one in sorted(loaded, key=lambda one: (one.document.lifecycle.signed_on, one.document.id)):
        document, told = one.document, set()
        for index, flow in enumerate(document.flows):
            for party in document.parties:
                if document.is_consumer(party, flow):
                    rival = _rival(opened[flow, party], document)
                    opened[flow, party].append(one)
                    if rival is not None and flow not in told:
                        told.add(flow)
                        yield _opened_twice(one, ("flows", index, "id"), flow, party, rival)


def _rival(earlier: Sequence[Loaded], document: ProtocolDocument) -> Loaded | None:
    return next(
        (o for o in earlier if o.document.id != document.id and not replaces(document, o.document)),
        None,
    )


def _opened_twice(one: Loaded, place: Place, flow: str, party: str, rival: Loaded) -> Defect:
    what = f"opens `{flow}` to `{party}`, and so does {rival.document.id} in {rival.path.name}"
    mend = "let this one replace it (`lifecycle.replaces_prior`), or take the flow out of one"
    return one.defect(place, what, mend)


def _lock(folder: Path, loaded: Sequence[Loaded]) -> Iterator[Defect]:
    """A published version never changes: its digest stands in the LOCK file beside it, if there is one."""
    path = folder / LOCK
    if not path.exists():
        return
    published: dict[str, str] = {}
    for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), 1):
        ref, _, digest = line.strip().partition(" ")
        if line.strip() and not (digest.startswith(_DIGEST) and "@" in ref):
            yield Defect(LOCK, number, "", "is no version with its digest", "such as: 004@1.0.0 sha256:...")  # fmt: skip
        elif published.setdefault(ref, digest) != digest:
            yield Defect(LOCK, number, ref, "has two digests", "keep the one that was published")
    for one in loaded:
        yield from _published(one, published)


def _published(one: Loaded, published: Mapping[str, str]) -> Iterator[Defect]:
    document = one.document
    digest = published.get(document.ref)
    if digest is None:
        what = f"{document.ref} has no digest in LOCK"
        yield one.defect(("version",), what, f"to publish it, add the line: {document.ref} {document.digest}")  # fmt: skip
    elif digest != document.digest:
        what = f"{document.ref} was published with another content"
        yield one.defect(("version",), what, "restore it, or publish the change as a new version")
