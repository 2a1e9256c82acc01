"""A run as JUnit tells it: one test case an expectation, so that any build server shows it."""

from lxml import etree

from gateway.simulation.yearrun.report import Told


def junit_of(told: Told) -> bytes:
    """The whole of `junit.xml`; it holds no machine time, so the same run gives the same bytes."""
    cases = [(step, check) for step in told["steps"] for check in step["checks"]]
    played = told["scenarios"]
    failures = sum(1 for _, check in cases if check["failed"])
    failures += sum(1 for one in played if not one["passed"])
    suite = etree.Element("testsuite", name=f"{told['run']} seed {told['seed']}",
                          tests=str(len(cases) + len(played)), failures=str(failures), errors="0", skipped="0")  # fmt: skip
    for step, check in cases:
        case = etree.SubElement(suite, "testcase", classname=step["id"], name=check["what"])
        if check["failed"]:
            words = f"{check['failed']} of {check['failed'] + check['held']} not as expected"
            failure = etree.SubElement(case, "failure", message=words)
            failure.text = "\n".join(check["misses"])
    for one in played:
        case = etree.SubElement(suite, "testcase", classname=f"scenario.{one['id']}", name=one["title"])  # fmt: skip
        if one["failures"]:
            failure = etree.SubElement(case, "failure", message=one["failures"][0])
            failure.text = "\n".join(one["failures"])
    return etree.tostring(suite, xml_declaration=True, encoding="UTF-8", pretty_print=True)
