"""Whether collected files are all there, once each and as they were sent: judged offline, in a folder.

Nothing here asks the gateway. What was sent after the last file of a folder cannot be known from it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path

import msgspec

from consumers.file_contents import AnyFile
from consumers.inbox import STATE
from consumers.manifests import Manifest, ManifestInvalid, ManifestKeys, unverified
from consumers.remembered import Remembered, State

_NAME = re.compile(r"(?P<flow>[a-z-]+)_\d{4}-\d{2}-\d{2}_(?P<sequence>\d{6,})\.json")
_MANIFEST = ".manifest.jws"


class FolderUnusable(ValueError):
    """Nothing can be said of this folder."""


@dataclass(frozen=True, slots=True)
class Series:
    """The files of one flow for one consumer; `notes` say what is behind a number, and mend it.

    INVARIANT: numbers are sequences; nothing of a person stands here.
    """

    flow: str
    consumer: str
    held: tuple[int, ...]
    missing: tuple[int, ...]
    double: tuple[int, ...]
    changed: tuple[int, ...]
    notes: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether everything is there, once, and as it was sent."""
        return not (self.missing or self.double or self.changed)


@dataclass(frozen=True, slots=True)
class _Signed:
    """A manifest that was found: what it says, and what is wrong with it."""

    path: Path
    flow: str
    sequence: int
    manifest: Manifest | None
    wrong: str | None

    @property
    def consumer(self) -> str:
        return self.manifest.consumer if self.manifest else ""

    @property
    def name(self) -> str:
        return self.path.name.removesuffix(_MANIFEST)


@dataclass(slots=True)
class _Evidence:
    """All that a folder holds of one flow for one consumer, by sequence."""

    files: dict[int, list[Path]] = field(default_factory=lambda: defaultdict(list))
    signed: dict[int, list[_Signed]] = field(default_factory=lambda: defaultdict(list))
    state: State = field(default_factory=State)


def check_folder(folder: Path, keys: ManifestKeys | None) -> Sequence[Series]:
    """Judge every series in a folder and below it; without `keys` no signature is looked at.

    Raises:
        FolderUnusable: it is no folder, holds no collected file, or a state file that cannot be read.
    """
    if not folder.is_dir():
        raise FolderUnusable(f"{folder} is no folder")
    found = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    evidence = _sorted_out(found, list(_manifests(found, keys)))
    if not evidence:
        raise FolderUnusable(f"no collected file lies in {folder}")
    return [_judged(*key, one) for key, one in sorted(evidence.items())]


def _manifests(found: Iterable[Path], keys: ManifestKeys | None) -> Iterator[_Signed]:
    for path in found:
        name = _NAME.fullmatch(path.name.removesuffix(_MANIFEST))
        if name is None or not path.name.endswith(_MANIFEST):
            continue
        manifest, wrong = _read(path, keys)
        yield _Signed(path, name["flow"], int(name["sequence"]), manifest, wrong)


def _read(path: Path, keys: ManifestKeys | None) -> tuple[Manifest | None, str | None]:
    """What a manifest says, also where it is not to be trusted, and why it is not."""
    text = path.read_bytes().decode("ascii", "replace")
    wrong = None
    try:
        if keys is not None:
            keys.read(text)
    except ManifestInvalid as error:
        wrong = str(error)
    try:
        manifest = unverified(text)
    except ManifestInvalid:
        return None, wrong or "the manifest cannot be read"
    return manifest, wrong or _strays(manifest, path.name.removesuffix(_MANIFEST))


def _strays(manifest: Manifest, name: str) -> str | None:
    is_own = name == manifest.name and name.startswith(f"{manifest.flow}_")
    return None if is_own and _number(name) == manifest.sequence else "it is of another file"


def _number(name: str) -> int:
    match = _NAME.fullmatch(name)
    return int(match["sequence"]) if match else 0


def _sorted_out(
    found: Sequence[Path], signed: Sequence[_Signed]
) -> dict[tuple[str, str], _Evidence]:
    evidence: dict[tuple[str, str], _Evidence] = defaultdict(_Evidence)
    for one in signed:
        key = one.flow, one.consumer or _owner(one.path, one.flow, signed)
        evidence[key].signed[one.sequence].append(one)
    for path in found:
        if path.name == STATE:
            _add_state(path, signed, evidence)
        elif path.suffix == ".json" and (place := _place(path)) is not None:
            flow, sequence = place
            evidence[flow, _owner(path, flow, signed)].files[sequence].append(path)
    return evidence


def _owner(path: Path, flow: str, signed: Sequence[_Signed]) -> str:
    """Whose file it is: by its manifest, by those beside it, or by all of the flow where they agree."""
    ours = [one for one in signed if one.flow == flow and one.consumer]
    beside = [one for one in ours if one.path.parent == path.parent]
    for group in ([one for one in beside if one.name == path.name], beside, ours):
        if len({one.consumer for one in group}) == 1:
            return group[0].consumer
    return ""


def _place(path: Path) -> tuple[str, int] | None:
    """Flow and sequence: from the name, or of a file that was renamed from its content."""
    name = _NAME.fullmatch(path.name)
    if name is not None:
        return name["flow"], int(name["sequence"])
    try:
        told = msgspec.json.decode(path.read_bytes(), type=AnyFile)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return told.flow, told.sequence


def _add_state(
    path: Path, signed: Sequence[_Signed], evidence: dict[tuple[str, str], _Evidence]
) -> None:
    try:
        state = Remembered(path).state()
    except ValueError:
        raise FolderUnusable(f"{path} cannot be read as what a collector remembers") from None
    names = (_NAME.fullmatch(kept.name) for kept in state.files.values())
    flow = next((name["flow"] for name in names if name), path.parent.name)
    if state.files or state.given_up:
        evidence[flow, _owner(path, flow, signed)].state = state


def _judged(flow: str, consumer: str, found: _Evidence) -> Series:
    state = found.state
    held = sorted({*found.files, *state.files})
    last = max([*held, *found.signed, *state.given_up], default=0)
    there = {*held, *state.given_up}
    changes = [(n, why) for n in sorted({*held, *found.signed}) for why in _changes(n, found)]
    double = tuple(n for n in sorted(found.files) if len(found.files[n]) > 1)
    return Series(
        flow=flow,
        consumer=consumer,
        held=tuple(held),
        missing=tuple(n for n in range(1, last + 1) if n not in there),
        double=double,
        changed=tuple(dict.fromkeys(n for n, _ in changes)),
        notes=tuple(
            [f"{n} double: {', '.join(path.name for path in found.files[n])}" for n in double]
            + [f"{n} changed: {why}" for n, why in changes]
        ),
    )


def _changes(number: int, found: _Evidence) -> Iterator[str]:
    """Why what is held under a sequence is not, or cannot be shown to be, what was sent."""
    signed = found.signed.get(number, [])
    yield from (f"manifest: {one.wrong}" for one in signed if one.wrong)
    digests = _digests(number, found)
    if len(digests) > 1:
        yield "its manifest and what was remembered name several digests"
    for path in found.files.get(number, []):
        if not digests:
            yield f"{path.name} has no manifest here; fetch it from the drop server"
        elif _digest(path) not in digests:
            yield f"{path.name} is not the file that its manifest names; have it put back"
    yield from _breaks(number, found)


def _breaks(number: int, found: _Evidence) -> Iterator[str]:
    """Where `vorige` is not the file before."""
    before = _digests(number - 1, found)
    for one in found.signed.get(number, []):
        previous = one.manifest.previous if one.manifest else None
        if one.manifest and number == 1 and previous is not None:
            yield "it names a file before the first"
        elif one.manifest and before and previous not in before:
            yield "it does not follow on the file before it (`vorige`)"


def _digests(number: int, found: _Evidence) -> set[str | None]:
    told = {one.manifest.sha256 for one in found.signed.get(number, []) if one.manifest}
    kept = found.state.files.get(number)
    return {*told, *([kept.sha256] if kept else [])}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
