"""A kit's report: a page for people, JUnit for build servers, JSON for everything else."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lxml import etree

from gateway.simulation.conformance.verdict import Finding, Outcome, Report, Verdict
from gateway.web.frame.pages import templates

HTML, JUNIT, JSON = "report.html", "junit.xml", "report.json"
_PAGES = templates("gateway.simulation.conformance")


def write_reports(report: Report, folder: Path) -> None:
    """Write the three of them into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / HTML).write_text(as_html(report), "utf-8")
    (folder / JUNIT).write_bytes(as_junit(report))
    (folder / JSON).write_text(json.dumps(as_json(report), indent=1, ensure_ascii=False), "utf-8")


def as_json(report: Report) -> dict[str, Any]:
    """Everything that was found; the pauses between messages are the only machine time in it."""
    return {
        "kit": report.kit,
        "title": report.title,
        "sut": report.sut,
        "version": report.version,
        "seed": report.seed,
        "clock": report.clock,
        "ok": report.passes,
        "cases": {outcome.value: report.count(outcome) for outcome in Outcome},
        "verdicts": [_verdict(one) for one in report.verdicts],
    }


def as_junit(report: Report) -> bytes:
    """A suite with a test for each case; the class is the article, as a build server groups by it."""
    suite = etree.Element(
        "testsuite", name=f"magda-sim conform {report.kit}", tests=str(len(report.verdicts)),
        failures=str(report.count(Outcome.FAILED)), skipped=str(report.count(Outcome.SKIPPED)),
        errors="0",
    )  # fmt: skip
    for verdict in report.verdicts:
        _test_case(suite, report, verdict)
    suites = etree.Element("testsuites")
    suites.append(suite)
    return etree.tostring(suites, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def as_html(report: Report) -> str:
    """One page that needs nothing beside itself."""
    counts = {outcome.value: report.count(outcome) for outcome in Outcome}
    return _PAGES.get_template("report.html").render(report=report, counts=counts)


def why(verdict: Verdict) -> str:
    """What a case failed over, a line each; or why it was skipped."""
    lines = [_line(one) for one in verdict.wrong]
    return "\n".join([*lines, verdict.cause] if verdict.cause else lines) or "nothing was looked at"


def _line(finding: Finding) -> str:
    return f"expected: {finding.expected}" + (f"; came: {finding.found}" if finding.found else "")


def _verdict(verdict: Verdict) -> Mapping[str, Any]:
    case = verdict.case
    return {
        "case": case.key,
        "title": case.title,
        "article": case.article,
        "rule": case.rule,
        "outcome": verdict.outcome.value,
        "cause": verdict.cause,
        "findings": [asdict(one) for one in verdict.findings],
        "events": list(verdict.events),
        "messages": [
            {key: value for key, value in asdict(one).items() if key not in ("began", "ended")}
            for one in verdict.messages
        ],
    }


def _test_case(suite: etree._Element, report: Report, verdict: Verdict) -> None:
    case = verdict.case
    row = etree.SubElement(
        suite, "testcase", classname=f"{report.kit}.{case.article}", name=f"{case.key}: {case.title}",
        time="0",
    )  # fmt: skip
    if verdict.outcome is Outcome.FAILED:
        etree.SubElement(row, "failure", message=f"{case.article}: {case.title}").text = _plain(
            "\n".join([case.rule, why(verdict), "", *verdict.events])
        )
    elif verdict.outcome is Outcome.SKIPPED:
        etree.SubElement(row, "skipped", message=_plain(verdict.cause))


def _plain(text: str) -> str:
    """What may stand in XML; a client may print anything."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")
