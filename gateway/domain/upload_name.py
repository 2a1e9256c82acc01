"""The names of uploads and of consumers' files, and what they tell."""

import re
from dataclasses import dataclass
from datetime import date

_UPLOAD = re.compile(
    r"(?P<flow>[a-z-]+)_(?P<day>\d{4}-\d{2}-\d{2})(?:_(?P<number>[1-9]\d{0,3}))?\.json",
    re.ASCII,
)


class UploadNameInvalid(ValueError):
    """An upload's name is not formed as agreed."""


@dataclass(frozen=True, slots=True)
class UploadName:
    """What a name tells: flow, day, and the number within the day (1, or higher for corrections)."""

    flow: str
    day: date
    number: int


def parse_upload_name(name: str, flow: str) -> UploadName:
    """Read `<flow>_<yyyy-mm-dd>.json`, or `…_<n>.json` for a correction.

    Raises:
        UploadNameInvalid: another form, flow, or no calendar day.
    """
    match = _UPLOAD.fullmatch(name)
    if match is None or match["flow"] != flow:
        raise UploadNameInvalid(f"the file's name is not {flow}_<yyyy-mm-dd>.json")
    try:
        day = date.fromisoformat(match["day"])
    except ValueError:
        raise UploadNameInvalid("the file's name holds no calendar day") from None
    return UploadName(flow, day, int(match["number"] or 1))


def is_told(name: str, flow: str) -> bool:
    """Whether a name, but for a mark that it is temporary, is formed as agreed; others may hold anything."""
    bare = name.removeprefix(".")
    for mark in (".part", ".tmp", ".filepart"):
        bare = bare.removesuffix(mark)
    try:
        parse_upload_name(bare, flow)
    except UploadNameInvalid:
        return False
    return True


def parcel_name(flow: str, day: date, sequence: int) -> str:
    """What a consumer's file is called."""
    return f"{flow}_{day.isoformat()}_{sequence:06d}.json"


def day_of_parcel(name: str) -> date:
    """The day that a consumer's file is about."""
    return date.fromisoformat(name.split("_")[1])


def flow_of_parcel(name: str) -> str:
    """The flow that a consumer's file belongs to."""
    return name.partition("_")[0]
