"""What a run of scenarios is told as: lines, JSON, JUnit, and HTML with the matrix."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from jinja2 import Environment
from lxml import etree
from markupsafe import Markup

from gateway.simulation.library.matrix import Matrix
from gateway.simulation.library.runner import Result

_HTML = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
_MATRIX = _HTML.from_string(
    """<section class="matrix"><h2>Articles, scenarios, results</h2>
{% for protocol, rows in groups %}
<h3>Protocol {{ protocol }}</h3>
<table><thead><tr><th>Place</th><th>Result</th><th>Scenarios</th></tr></thead><tbody>
{% for row in rows %}
<tr class="{{ row.outcome|replace(' ', '-') }}"><td>{{ row.place }}</td><td>{{ row.outcome }}</td><td>
{%- for key, went in row.scenarios.items() %}
<span class="{{ 'failed' if went is false else 'passed' if went else 'not-run' }}">{{ key }}</span>{{ ' ' if not loop.last }}
{%- else %}{{ row.cause or 'no scenario cites it' }}{% endfor %}
</td></tr>
{% endfor %}
</tbody></table>
{% endfor %}
</section>
"""
)
_PAGE = _HTML.from_string(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Scenarios</title><style>
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
table{border-collapse:collapse;width:100%;margin-bottom:1.5rem}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #ddd}
.failed>td:nth-child(2),span.failed,p.failed{color:#a40000;font-weight:600}.passed>td:nth-child(2){color:#0a6b2d}
.uncovered>td{background:#fff3cd}.nothing-to-run>td,.not-run{color:#595959}pre{white-space:pre-wrap;background:#f6f6f6;padding:.6rem}
</style></head><body>
<h1>Scenarios: {{ passed }} of {{ results|length }} passed</h1>
{% for one in results if one.failures %}
<p class="failed">{{ one.scenario.id }} {{ one.scenario.title }}</p>
<pre>{% for line in one.failures %}{{ line }}
{% endfor %}</pre>
{% endfor %}
{{ matrix }}
<h2>All of them</h2>
<table><thead><tr><th>Scenario</th><th>Result</th><th>What it shows</th></tr></thead><tbody>
{% for one in results %}
<tr class="{{ 'passed' if one.passed else 'failed' }}"><td>{{ one.scenario.id }}</td><td>{{ 'passed' if one.passed else 'failed' }}</td><td>{{ one.scenario.title }}</td></tr>
{% endfor %}
</tbody></table>
</body></html>
"""
)


def results_json(results: Sequence[Result], matrix: Matrix) -> str:
    """All of it, for programs."""
    told = {
        "passed": sum(one.passed for one in results),
        "failed": sum(not one.passed for one in results),
        "scenarios": [result_members(one) for one in results],
        "matrix": matrix.members(),
    }
    return json.dumps(told, ensure_ascii=False)


def result_members(one: Result) -> dict[str, Any]:
    """How one scenario went, as JSON has it."""
    return {
        "id": one.scenario.id,
        "title": one.scenario.title,
        "passed": one.passed,
        "cites": [f"{protocol} {article}" for protocol, article in one.scenario.cites],
        "oddities": one.scenario.oddities,
        "failures": [
            {"file": line.file, "line": line.line, "key": line.key, "expected": line.expected,
             "came": line.came, "decision": line.decision}
            for line in one.failures
        ],
    }  # fmt: skip


def as_junit(results: Iterable[Result]) -> bytes:
    """One test case for each scenario; a suite takes no time that could differ between two runs."""
    listed = list(results)
    failed = sum(not one.passed for one in listed)
    suite = etree.Element("testsuite", name="magda-sim scenarios", tests=str(len(listed)),
                          failures=str(failed), errors="0", skipped="0")  # fmt: skip
    for one in listed:
        name = f"{one.scenario.id} {one.scenario.title}"
        case = etree.SubElement(suite, "testcase", classname=f"scenario.{one.scenario.group}", name=name)  # fmt: skip
        if one.failures:
            lines = [str(line) for line in one.failures]
            etree.SubElement(case, "failure", message=lines[0]).text = "\n".join(lines)
    return etree.tostring(suite, xml_declaration=True, encoding="utf-8", pretty_print=True)


def matrix_fragment(matrix: Matrix) -> str:
    """The matrix as a piece of HTML, for whatever page shows it."""
    keys = sorted({row.protocol for row in matrix.rows})
    groups = [(key, [row for row in matrix.rows if row.protocol == key]) for key in keys]
    return _MATRIX.render(groups=groups)


def as_html(results: Sequence[Result], matrix: Matrix) -> str:
    """A page of its own."""
    passed = sum(one.passed for one in results)
    fragment = Markup(matrix_fragment(matrix))  # noqa: S704  rendered with escaping just above
    return _PAGE.render(results=results, passed=passed, matrix=fragment)
