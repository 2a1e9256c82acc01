"""Which way a change works: does it let more through or less, where the text lets that be told."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

Effect = Literal["loosens", "tightens"]
_Weigh = Callable[[Any], float]
_FLOW = r"flows/[^/]+"
_MINUTES: Mapping[str, int] = {"Y": 525_600, "M": 43_800, "W": 10_080, "D": 1_440}
_LOGINS = ("password", "digital-key", "eid")
_ONWARD = ("forbidden", "prior-consent", "prior-notice")


def _length(period: str) -> float:
    """An ISO 8601 period in minutes, near enough to compare two."""
    count, unit = int(period.strip("PTDWMYH")), period[-1]
    if period.startswith("PT"):
        return count * (60.0 if unit == "H" else 1.0)
    return float(count * _MINUTES[unit])


_GIVES: Sequence[str] = (
    _FLOW,
    rf"{_FLOW}/(fields|purposes|consumers)/.+",
    rf"{_FLOW}/windows/months/\d+",
    r"purposes/[^/]+",
    r"units/[^/]+(/purposes/.+)?",
    r"onward/allowed/.+",
)
"""What lets more through by being there."""
_ASKS: Sequence[str] = (
    rf"{_FLOW}/(requires/[^/]+|windows|quota|session|open_from|authentication|training|enduser)",
    rf"{_FLOW}/(duties_separated|selection|refuses_unlisted|channel/drop_term|channel/access)",
    r"fields/[^/]+/(only_if|derived)",
    r"purposes/[^/]+/(case_required|anonymous)",
    r"(measures|evidence|processor_register|law_changes|information|publication)/[^/]+",
    r"dpia(/gate)?",
    r"legal_frame/related/[^/]+/must_hold",
)
"""What lets less through by being there."""
_MORE: Sequence[tuple[str, _Weigh]] = (
    (rf"{_FLOW}/quota/max", float),
    (rf"{_FLOW}/selection/age_below", float),
    (rf"{_FLOW}/session/max", _length),
    (rf"{_FLOW}/channel/drop_term/period", _length),
    (r"retention/[^/]+/period", _length),
    (r"retention/[^/]+/rule", lambda value: float(value != "none")),
    (r"onward/rule", lambda value: float(_ONWARD.index(value))),
    (r"units/[^/]+/access", lambda value: float(value == "granted")),
)
"""What lets more through by growing."""
_LESS: Sequence[tuple[str, _Weigh]] = (
    (rf"{_FLOW}/authentication/at_least", lambda value: float(_LOGINS.index(value))),
    (rf"{_FLOW}/open_from", lambda value: float(value.replace("-", ""))),
    (rf"{_FLOW}/selection/months_at_least", float),
    (rf"{_FLOW}/refuses_unlisted", float),
    (r"purposes/[^/]+/(case_required|anonymous)", float),
    (r"(dpia/gate|legal_frame/related/[^/]+/must_hold)", float),
)
"""What lets less through by growing."""
_WORDS: Sequence[tuple[str, str]] = (
    (rf"{_FLOW}/fields/.+", "field"),
    (rf"{_FLOW}/purposes/.+", "purpose"),
    (rf"{_FLOW}/consumers/.+", "consumer"),
    (rf"{_FLOW}/requires/.+", "fact"),
    (rf"{_FLOW}/(windows|open_from).*", "window"),
    (rf"{_FLOW}/quota.*", "quota"),
    (rf"{_FLOW}/(session|channel/drop_term).*", "term"),
    (rf"{_FLOW}.*", "flow"),
    (r"fields/.+", "field"),
    (r"units/.+", "unit"),
    (r"purposes/.+", "purpose"),
    (r"retention/.+", "retention"),
    (r"(quality|incidents).*", "term"),
    (r"(lifecycle|duration|sanctions).*", "lifecycle"),
    (r"parties/.+", "party"),
    (r"findings/.+", "finding"),
)


def category(path: str) -> str:
    """What kind of thing a path leads to: `field`, `unit`, `fact`, …; else its first step."""
    found = (word for pattern, word in _WORDS if re.fullmatch(pattern, path))
    return next(found, path.partition("/")[0])


def effect_of(path: str, how: str, old: Any, new: Any) -> Effect | None:
    """Whether a change lets more or less through; `None` where that cannot be told."""
    if how == "changed":
        return _grown(path, old, new)
    if (old or new) is False:
        return None
    if _matches(path, _GIVES):
        return _effect(loosens=how == "added")
    return _effect(loosens=how == "removed") if _matches(path, _ASKS) else None


def _grown(path: str, old: Any, new: Any) -> Effect | None:
    for table, more in ((_MORE, True), (_LESS, False)):
        for pattern, weigh in table:
            if re.fullmatch(pattern, path):
                before, after = weigh(old), weigh(new)
                return None if before == after else _effect(loosens=(after > before) == more)
    return None


def _matches(path: str, patterns: Sequence[str]) -> bool:
    return any(re.fullmatch(pattern, path) for pattern in patterns)


def _effect(*, loosens: bool) -> Effect:
    return "loosens" if loosens else "tightens"
