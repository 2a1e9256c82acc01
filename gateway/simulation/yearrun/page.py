"""The report as one page for people: nothing is fetched from anywhere, light and dark, readable without a mouse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.simulation.yearrun.report import Told
from gateway.web.frame.pages import templates

_FOLDER = Path(__file__).parent / "templates"
_PAGES = templates("gateway.simulation.yearrun")
_WIDTH, _HEIGHT, _GAP = 720, 200, 8
COLUMNS: Sequence[tuple[str, str]] = (
    ("answered", "beantwoord"),
    ("refused", "geweigerd"),
    ("file.delivered", "bestanden klaargezet"),
    ("file.collected", "opgehaald"),
    ("file.acknowledged", "bevestigd"),
    ("file.refused", "geen bestand"),
    ("protocol.act", "handelingen"),
)
"""The counts of a table, and what they are called."""
TABLES: Sequence[tuple[str, str, str]] = (
    ("months", "month", "Per maand"),
    ("protocols", "protocol", "Per protocol"),
    ("parties", "party", "Per partij"),
    ("files", "flow", "Per stroom"),
)
_BARS = (("answered", "good"), ("refused", "no"), ("file.collected", "file"))
_WORDS = {
    "held": "zoals verwacht", "failed": "niet zoals verwacht", "not shown": "niet getoond",
    "nothing to run": "niets te tonen", "uncovered": "niet gedekt",
    "born": "geboren", "moved": "verhuisd", "died": "overleden", "joined": "lid geworden",
    "done": "op tijd", "breach": "te laat", "overdue": "niet gedaan", "due": "loopt nog",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of the chart."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    told: str


def page_of(told: Told) -> str:
    """The whole of `report.html`."""
    style = (_FOLDER / "report.css").read_text("utf-8")
    return _PAGES.get_template("report.html").render(
        r=told, style=style, columns=COLUMNS, tables=TABLES, words=_WORDS,
        bars=bars(told["months"]), width=_WIDTH, height=_HEIGHT, labels=_labels(told["months"]),
        misses=_misses(told), flag=_flag,
    )  # fmt: skip


def bars(months: Sequence[Mapping[str, Any]]) -> Sequence[Bar]:
    """What the chart shows: each month's answers, refusals and files side by side."""
    most = max((row[kind] for row in months for kind, _ in _BARS), default=0) or 1
    slot = _WIDTH / max(len(months), 1)
    wide = (slot - _GAP) / len(_BARS)
    return [
        Bar(
            round(number * slot + nth * wide, 1), round(_HEIGHT * (1 - row[kind] / most), 1),
            round(wide - 1, 1), round(_HEIGHT * row[kind] / most, 1), css, f"{row['month']}: {row[kind]}",
        )
        for number, row in enumerate(months)
        for nth, (kind, css) in enumerate(_BARS)
    ]  # fmt: skip


def _labels(months: Sequence[Mapping[str, Any]]) -> Sequence[tuple[float, str]]:
    slot = _WIDTH / max(len(months), 1)
    return [
        (round(n * slot + slot / 2 - _GAP / 2, 1), row["month"][5:]) for n, row in enumerate(months)
    ]


def _misses(told: Told) -> Sequence[Mapping[str, Any]]:
    return [
        {"step": step["id"], "tells": step["tells"], **check}
        for step in told["steps"]
        for check in step["checks"]
        if check["failed"]
    ]


def _flag(step: Mapping[str, Any]) -> str:
    """How a step went, in one word."""
    if any(check["failed"] for check in step["checks"]):
        return "failed"
    return "held" if step["checks"] else "not shown"
