"""Docs that cannot rot: reasons, settings, commands, events, ADRs and the changelog are compared."""

import re
import tomllib
from pathlib import Path

import pytest
import typer.main

from gateway.cli.main import app
from gateway.contracts.reasons import WIRE, Level, Reason
from gateway.domain.log_entry import EventKind
from gateway.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
CONTRACT = """
- Fault 401: credential-missing credential-invalid
10001 Fault 400: message-invalid
10001 Fault 413: too-large
10001 Fault 404: service-unknown
99995 Fault 429: too-many-requests
20005 2 403: sender-mismatch
13001 2 403: no-protocol protocol-not-in-force protocol-ended protocol-suspended flow-not-open
13001 2 403: instrument-not-active unit-not-listed unit-refused purpose-not-agreed purpose-required
13001 2 403: case-required onward-not-notified onward-not-consented onward-forbidden
40006 2 403: authentication-too-weak training-missing duties-not-separated
20001 3 400: date-invalid
20002 3 400: insz-invalid not-a-test-number
20003 3 400: period-invalid
20006 3 400: date-in-future
25001 3 400: language-unknown
40102 3 400: no-group-asked
40035 3 400: too-many-subjects
30034 3 400: subject-kind-refused
15021 3 403: nothing-permitted
40005 3 403: field-not-listed outside-window quota-spent not-a-member right-ended
40005 3 403: no-open-question not-identified session-over
13202 3 403: not-registered
30001 3 404: no-data
30002 3 404: insz-cancelled
30003 3 404: insz-unknown
30004 3 200: insz-replaced
40143 3 200: already-registered
60006 3 502: source-silent
60007 3 502: source-garbled
99996 3 503: source-busy
60009 2 500: internal
60009 2 503: log-unavailable
- - 405: read-only
- - 409: no-such-clause day-already-delivered clock-backward
"""


def agreed() -> dict[str, tuple[str, str, str]]:
    rows: dict[str, tuple[str, str, str]] = {}
    for line in CONTRACT.strip().splitlines():
        head, _, reasons = line.partition(": ")
        code, level, status = head.split()
        rows |= dict.fromkeys(reasons.split(), (code, level, status))
    return rows


def test_the_table_of_reasons_is_the_agreed_one() -> None:
    levels = {Level.FAULT: "Fault", Level.CONTEXT: "2", Level.QUESTION: "3", None: "-"}

    table = {
        reason.value: (wire.code or "-", levels[wire.level], str(wire.status))
        for reason, wire in WIRE.items()
    }

    assert table == agreed()
    assert set(WIRE) == set(Reason)


def test_every_reason_is_documented_with_its_code() -> None:
    text = (DOCS / "faults.md").read_text("utf-8")

    missing = [
        reason
        for reason, wire in WIRE.items()
        if f"| `{reason.value}` | {wire.code or '–'} |" not in text
    ]

    assert missing == []


def test_every_setting_is_documented() -> None:
    text = (DOCS / "settings.md").read_text("utf-8")

    assert [f for f in Settings.model_fields if f"`MAGDA_SIM_{f.upper()}`" not in text] == []


def test_every_event_is_documented() -> None:
    text = (DOCS / "audit-events.md").read_text("utf-8")

    assert [kind for kind in EventKind if f"| `{kind.value}` |" not in text] == []


def test_every_command_is_documented() -> None:
    text = (DOCS / "cli.md").read_text("utf-8")
    group = typer.main.get_command(app)
    commands = [
        f"magda-sim {noun}" + (f" {verb}" if verb else "")
        for noun, command in group.commands.items()  # type: ignore[attr-defined]  # it is a group
        for verb in getattr(command, "commands", {"": None})
    ]

    assert len(commands) >= 10
    assert [command for command in commands if f"`{command}" not in text] == []


@pytest.mark.parametrize("page", ["cli.md", "settings.md", "audit-events.md", "index.md"])
def test_nothing_is_described_twice_on_a_page(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    named = re.findall(r"^\| `([^`]+)`|\]\(([a-z-]+\.md)\)", text, re.MULTILINE)
    names = [row or link for row, link in named if row or page == "index.md"]

    assert len(names) > 10
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_every_adr_is_listed_and_has_its_headings() -> None:
    index = (DOCS / "adr/index.md").read_text("utf-8")
    for path in sorted((DOCS / "adr").glob("0*.md")):
        text = path.read_text("utf-8")

        assert path.name in index
        for heading in ("Status", "Date", "Context", "Decision", "Consequences", "Enforced by"):
            assert heading in text, f"{path.name} lacks {heading}"


def test_changelog_and_project_agree_on_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    top = re.search(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)

    assert top is not None
    assert top[1] == project["version"]


@pytest.mark.parametrize("command", ["make demo", "make test"])
def test_the_readme_has_the_two_commands(command: str) -> None:
    assert command in (ROOT / "README.md").read_text("utf-8")
