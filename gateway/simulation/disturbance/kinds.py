"""Every kind of fault by the place where it can be put: when it bites, how long it takes, what one sees."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

LONGEST_WAIT_S, LONGEST_S = 300.0, 31_622_400.0


class Stage(Enum):
    """When a fault is drawn: what bites at different moments of one occurrence can come together."""

    ADMIT = "before anything is looked at"
    WAIT = "a while passes first"
    HAPPEN = "what is asked or sent goes wrong"
    FILE = "a whole file goes wrong"
    TELL = "what is said of the time is wrong"


@dataclass(frozen=True, slots=True)
class Nature:
    """What a kind does at a place. `seconds` stands for those that a rule does not give."""

    stage: Stage
    sees: str
    seconds: float | None = None
    is_skew: bool = False

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the most `seconds`: of the machine minutes, of the space's clock a year."""
        if self.stage in (Stage.WAIT, Stage.HAPPEN):
            return 0.0, LONGEST_WAIT_S
        return (-LONGEST_S if self.is_skew else 0.0), LONGEST_S


_WAIT: Mapping[str, Nature] = {
    "latency": Nature(Stage.WAIT, "everything as it is, `seconds` later", 0.05),
    "jitter": Nature(
        Stage.WAIT, "everything as it is, up to `seconds` later, drawn each time", 0.05
    ),
}
_SOURCE: Mapping[str, Nature] = {
    **_WAIT,
    "silent": Nature(Stage.HAPPEN, "60006 `source-silent`, 502"),
    "garbled": Nature(Stage.HAPPEN, "60007 `source-garbled`, 502"),
    "wrong-content-type": Nature(Stage.HAPPEN, "60007 `source-garbled`, 502"),
    "busy": Nature(Stage.HAPPEN, "99996 `source-busy`, 503"),
    "reset": Nature(Stage.HAPPEN, "60006 `source-silent`, 502, at once"),
    "time-out": Nature(
        Stage.HAPPEN, "60006 `source-silent`, 502, after `seconds` (else after the time that a source gets)"
    ),
}  # fmt: skip
_DOOR: Mapping[str, Nature] = {
    **_WAIT,
    "reset": Nature(Stage.HAPPEN, "the connection is reset, no byte of an answer; of a question the log says `not-delivered`"),
    "time-out": Nature(Stage.HAPPEN, "nothing for `seconds`, then the connection is reset; of a question the log says `not-delivered`", 30.0),
    "half-written": Nature(Stage.HAPPEN, "the head, half of the body, and the end of the connection"),
    "garbled": Nature(Stage.HAPPEN, "a body of the right length with a part blotted out: no XML, no JSON"),
    "wrong-content-type": Nature(Stage.HAPPEN, "the right body under `text/html`"),
    "slow-drip": Nature(Stage.HAPPEN, "the body in small pieces, over `seconds`", 2.0),
}  # fmt: skip
_THROTTLE: Mapping[str, Nature] = {
    "throttle": Nature(Stage.ADMIT, "99995 `too-many-requests`, 429, with `Retry-After`; only questions"),
}  # fmt: skip
_SKEW: Mapping[str, Nature] = {
    "clock-skew": Nature(Stage.TELL, "`Tijdstip` is off by `seconds`, also below zero; the log is not", 300.0, is_skew=True),
}  # fmt: skip
_SESSION: Mapping[str, Nature] = {
    **_WAIT,
    "slow-drip": Nature(Stage.HAPPEN, "a transfer that takes `seconds`", 2.0),
}
_IN: Mapping[str, Nature] = {
    **_SESSION,
    "disconnect": Nature(Stage.HAPPEN, "the session ends after the first write, or before the file is closed; what was sent can be resumed, nothing was taken in"),
}  # fmt: skip
_OUT: Mapping[str, Nature] = {
    **_SESSION,
    "disconnect": Nature(Stage.HAPPEN, "the session ends after a part of the first read; the log says that the file was sent in part"),
    "late": Nature(Stage.FILE, "the manifest now, the file `seconds` later", 7_200.0),
    "missing": Nature(Stage.FILE, "the manifest and no file, until it is asked for again"),
    "half-written": Nature(Stage.FILE, "half of the file, and `seconds` later the whole under the same name", 60.0),
    "corrupted": Nature(Stage.FILE, "a file of the right length with a part blotted out; asked for again, it is right"),
    "reordered": Nature(Stage.FILE, "the manifest now, the file right after the next one of that flow"),
    "duplicate": Nature(Stage.FILE, "the file, and `seconds` later once more what was archived by then", 3_600.0),
}  # fmt: skip
_PROVIDER: Mapping[str, Nature] = {
    "late": Nature(Stage.FILE, "no batch, and `seconds` later it comes; after 06:00 it was missing", 7_200.0),
    "missing": Nature(Stage.FILE, "no batch of that day, and no file"),
    "half-written": Nature(Stage.FILE, "half of the upload is quarantined; `seconds` later the right one comes", 7_200.0),
    "corrupted": Nature(Stage.FILE, "an upload with a part blotted out is quarantined; `seconds` later the right one comes", 7_200.0),
    "reordered": Nature(Stage.FILE, "the batch comes a minute after the one of the next day"),
    "duplicate": Nature(Stage.FILE, "the same batch twice: `ongewijzigd`, and one file"),
    "clock-skew": Nature(Stage.FILE, "the batch of the day that it is for a clock that is off by `seconds`, also below zero", -86_400.0, is_skew=True),
}  # fmt: skip
AREAS: Mapping[str, Mapping[str, Nature]] = {
    "source": _SOURCE,
    "door.rest": {**_DOOR, **_THROTTLE},
    "door.soap": {**_DOOR, **_THROTTLE, **_SKEW},
    "door.oauth": _DOOR,
    "drop.in": _IN,
    "drop.out": _OUT,
    "provider": _PROVIDER,
}
"""The kinds of each area; a place is an area, or something in it (`source.zorgtoeslag`)."""
BY_PERSON = frozenset({Stage.WAIT, Stage.HAPPEN})
"""When it is known of whom the question is, at the sources and at the doors."""
_ABOUT_PERSONS = ("source", "door.rest", "door.soap")


def area_of(where: str) -> str | None:
    """The area that a place lies in, or `None` where there is no such place."""
    parts = where.split(".")
    return next((area for n in (1, 2) if (area := ".".join(parts[:n])) in AREAS), None)


def kinds_of(area: str) -> Mapping[str, Nature]:
    """What can go wrong there."""
    return AREAS[area]


def knows_persons(area: str, nature: Nature) -> bool:
    """Whether a rule there can be about one person."""
    return area.startswith(_ABOUT_PERSONS) and nature.stage in BY_PERSON
