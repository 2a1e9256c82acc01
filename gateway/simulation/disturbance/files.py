"""Rules in YAML: the same rows as over HTTP, each slip told with its line; and the profiles that are ready."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from gateway.adapters.protocol_files.reader import (
    Defect,
    ProtocolInvalid,
    Sheet,
    parse_rows,
    read_bytes,
    shown_name,
)
from gateway.simulation.disturbance.kinds import AREAS
from gateway.simulation.disturbance.rules import Fault, FaultsInvalid, Here, understand

_ROWS: TypeAdapter[list[Fault]] = TypeAdapter(list[Fault])
_ENDING = ".yaml"


class FaultFileInvalid(ValueError):
    """A file of rules that does not hold; the text has a line for each slip, as `file:line: member: …`."""

    def __init__(self, defects: Sequence[Defect]) -> None:
        self.defects = tuple(sorted(set(defects)))
        super().__init__("\n".join(str(defect) for defect in self.defects))


def read_faults(name: str, here: Here) -> Sequence[Fault]:
    """The rules of a file, or of a profile by its name.

    Raises:
        FaultFileInvalid: with every slip.
    """
    path = Path(name)
    if name in profiles():
        raw, shown = profiles()[name].encode(), f"{name}{_ENDING}"
    else:
        raw, shown = _bytes(path), shown_name(path)
    return parse_faults(shown, raw, here)


def parse_faults(name: str, raw: bytes, here: Here) -> Sequence[Fault]:
    """The rules in a file's bytes.

    Raises:
        FaultFileInvalid: with every slip.
    """
    try:
        sheet = parse_rows(name, raw)
    except ProtocolInvalid as invalid:
        raise FaultFileInvalid(invalid.defects) from None
    try:
        faults = _ROWS.validate_python(sheet.content)
        understand(faults, here)
    except ValidationError as error:
        raise FaultFileInvalid(list(_of_form(sheet, error))) from None
    except FaultsInvalid as invalid:
        raise FaultFileInvalid(
            [sheet.defect((one.number, one.member), one.what, one.mend) for one in invalid.flaws]
        ) from None
    return faults


def profiles() -> Mapping[str, str]:
    """The ready profiles: their text by name."""
    folder = files(__package__).joinpath("profiles")
    found = sorted(folder.iterdir(), key=lambda one: one.name)
    return {
        one.name.removesuffix(_ENDING): one.read_text("utf-8")
        for one in found
        if one.name.endswith(_ENDING)
    }


def about(text: str) -> str:
    """What a profile says of itself: the comment that it begins with."""
    lines = [line.removeprefix("#").strip() for line in text.splitlines()]
    return lines[0] if lines else ""


def _bytes(path: Path) -> bytes:
    try:
        return read_bytes(path)
    except ProtocolInvalid as invalid:
        known = f"a file, or one of {', '.join(profiles())}"
        (defect,) = invalid.defects
        raise FaultFileInvalid(
            [Defect(defect.file, defect.line, "", defect.what, f"give {known}")]
        ) from None


def _of_form(sheet: Sheet, error: ValidationError) -> Iterator[Defect]:
    """What pydantic found wrong, without the value that it found."""
    for one in error.errors(include_input=False, include_url=False):
        place: tuple[Any, ...] = one["loc"]
        yield sheet.defect(
            place, one["msg"], f"members: {', '.join(_members())}; places: {', '.join(AREAS)}"
        )


def _members() -> list[str]:
    return [field.alias or name for name, field in Fault.model_fields.items()]
