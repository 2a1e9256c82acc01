"""A run as JUnit tells it: one test case an expectation, so that any build server shows it."""

from lxml import etree

from gateway.simulation.yearrun.report import Told


def junit_of(told: Told) -> bytes:
    """The whole of `junit.xml`; it holds no machine time, so the same run gives the same bytes."""
    cases = [(step, check) for step in told["steps"] for check in step["checks"]]
    failures = sum(1 for _, check in cases if check["failed"])
    suite = etree.Element("testsuite", name=f"{told['run']} seed {told['seed']}",
                          tests=str(len(cases)), failures=str(failures), errors="0", skipped="0")  # fmt: skip
    for step, check in cases:
        case = etree.SubElement(suite, "testcase", classname=step["id"], name=check["what"])
        if check["failed"]:
            words = f"{check['failed']} of {check['failed'] + check['held']} not as expected"
            failure = etree.SubElement(case, "failure", message=words)
            failure.text = "\n".join(check["misses"])
    return etree.tostring(suite, xml_declaration=True, encoding="UTF-8", pretty_print=True)
