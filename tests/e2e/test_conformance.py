"""The conformance kits: right clients pass, and each wrong one fails the case that is about it."""

import io
import json
import re
import shlex
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from lxml import etree
from typer.testing import CliRunner

from consumers.credentials import Bearer
from consumers.wire_http import HttpWire
from consumers.wire_soap import SoapClient
from gateway.cli.main import app
from gateway.simulation.conformance.kits import KITS, a_host, play
from gateway.simulation.conformance.own_clients import (
    JobClock,
    a_batch_of,
    desk_of,
    do,
    follow_payments,
)
from gateway.simulation.conformance.sut import FunctionSut, Job, Sut, SutFailed, Told, sut_of
from gateway.simulation.conformance.verdict import Outcome, Verdict
from gateway.simulation.desk import Desk
from gateway.simulation.host import Host
from providers.mutations import FLOW, CertifiedDoor, upload_over_ftps
from tests.conforming import PAGE, Change, client, documented

REGISTER = 'ask(gateway, "/v1/repertorium/inschrijvingen", {"insz": insz, "periode": {"begin": job["today"], "einde": None}})'
TO_ASK = "(set(announced) | own - known.keys()) & own"
IS_WHOLE = 'if signed["sha256"] == hashlib.sha256(content).hexdigest():  # and check the signature'
READ = 'json.loads(content)["insz"]'
Slips = Sequence[tuple[str, str, list[Change]]]
JBPLUS: Slips = [
    ("integrates-first", "never registers", [(REGISTER, "pass")]),
    (
        "integrates-first",
        "registers when it is refused",
        [(REGISTER, "pass"), ('"verrichtingen", [] if', '"verrichtingen", [] if not REGISTERED or'),
         ("def work(job):", "REGISTERED = False\n\ndef work(job):")],
    ),
    ("asks-about-its-own", "asks about all who are announced", [(TO_ASK, TO_ASK.removesuffix(" & own"))]),
    ("recovery-subtracts", "adds what was recovered", [('["verrichtingbedrag"] for', '["verrichtingbedrag"].lstrip("-") for')]),
    ("recovery-subtracts", "mixes fiscal years", [(' if one["fiscaalJaar"] == family["fiscal_year"]', ""), ("sum(map", "2 * sum(map")]),
    ("empty-day", "leaves empty files", [("for name in whole:", "for name in whole if announced else ():")]),
    ("empty-day", "stumbles over an empty file", [(READ, f"[{READ}[0]]")]),
    ("empty-day", "asks about everybody daily", [("own - known.keys()", "own")]),
    ("acknowledges", "acknowledges nothing", [("for name in whole:", "for name in ():")]),
    ("acknowledges", "takes one file a day", [("for name in whole:", "for name in whole[:1]:")]),
    ("once-each", "asks once for each file", [(TO_ASK, "[one for one in [*announced, *(own - known.keys())] if one in own]")]),
    ("busy-source", "gives up", [("(0.3, 0.6, 1.2, 0)", "(0,)")]),
    (
        "busy-source",
        "takes another reference each time",
        [("answer = httpx", 'headers["x-correlation-id"] = str(uuid.uuid4())\n        answer = httpx')],
    ),
    (
        "half-written-file",
        "takes what there is",
        [(IS_WHOLE, "if True:"), (READ, '__import__("re").findall("[0-9]{11}", content.decode())')],
    ),
    ("changed-file", "does not compare the digest", [(IS_WHOLE, "if True:")]),
    ("suspended", "guesses", [('[] if told.get("code") == "30001" else None', "[]")]),
    ("suspended", "insists", [("if answer.status_code != 503 or", "if answer.status_code == 200 or")]),
]  # fmt: skip

CARE_REGISTER = 'ask(gateway, "/v1/repertorium/inschrijvingen", {"insz": insz, "periode": {"begin": today, "einde": None}})'
PAUSES = "(0.3, 0.6, 1.2, 0)"
CARE: Slips = [
    ("integrates-first", "never registers", [(CARE_REGISTER, "pass")]),
    ("counts-double", "counts heads", [("return 2 if", "return 1 if")]),
    ("counts-double", "takes no data for not known", [('return 1 if told.get("code") == "30001" else None', "return None")]),
    ("day-that-counts", "looks at today", [('day = f"{year}-12-31"', "day = today")]),
    (
        "asks-what-is-listed",
        "asks for the application too",
        [('"referentiedatum": day}', '"referentiedatum": day, "gewensteInformatie": {"statusAanvraag": True, "erkenningen": True}}')],
    ),
    ("once", "asks about all daily", [("if mine.get(one) is None", "if True")]),
    ("busy-source", "gives up", [(PAUSES, "(0,)")]),
    ("unknown-number", "guesses", [('return 1 if told.get("code") == "30001" else None', "return 1")]),
    ("unknown-number", "insists", [("if answer.status_code != 503 or", "if answer.status_code == 200 or")]),
    ("lets-go", "keeps registrations", [('job.get("closed", ())', "()")]),
    ("lets-go", "deregisters who is in another file", [(" - {insz for other in known.values() for insz in other}", "")]),
]  # fmt: skip
UNIQUE = 'sorted({payment["insz"] for payment in todo["payments"]})'
SENT = 'return {"outcome": OUTCOMES.get(answer.status_code, "failed")}'
PROVIDER: Slips = [
    ("daily", "adds the hour", [("for pause in", "batch['aantal'] = len(persons) or job['run']\n    for pause in"), (UNIQUE, UNIQUE + "[: 3 - job['run']]")]),
    ("each-once", "sends a record for each payment", [(UNIQUE, '[payment["insz"] for payment in todo["payments"]]')]),
    ("empty-day", "sends nothing on an empty day", [("for pause in", "for pause in () if not persons else")]),
    ("correction", "forgets the sequence number", [('if todo["number"] > 1:', "if False:")]),
    ("conflict", "corrects of its own accord", [(SENT, "if answer.status_code == 409 and 'volgnummer' not in where:\n                where, batch['volgnummer'] = where + '&volgnummer=2', 2\n                continue\n            " + SENT)]),
    ("conflict", "insists", [(SENT, "if answer.status_code == 409 and pause:\n                continue\n            " + SENT)]),
    ("conflict", "takes a refusal for well", [(', 409: "conflict"', ', 409: "accepted"')]),
    ("cut", "gives up", [(PAUSES, "()")]),
    ("cut", "sends half of it", [("time.sleep(pause)", "batch['records'] = batch['records'][:2000]\n            batch['aantal'] = len(batch['records'])")]),
    ("nothing-more", "sends the amount along", [('{"insz": insz} for insz in persons', '{"insz": insz, "bedrag": "600.00"} for insz in persons')]),
    ("nothing-more", "says who it is from", [('"aantal": len(persons),', '"aantal": len(persons), "contact": "wie dan ook",')]),
]  # fmt: skip
WRONG = {"consumer-jbplus": JBPLUS, "consumer-zorgtoeslag": CARE, "provider-jbplus": PROVIDER}
EVERY_CASE = [(kit.key, case.key) for kit in KITS.values() for case in kit.cases]


def wrong(slips: Mapping[str, Slips]) -> list[ParameterSet]:
    """The first slip of each case in every run, further ones in the slow one."""
    seen: set[tuple[str, str]] = set()
    rows = []
    for kit, case, slip, changes in ((kit, *row) for kit, own in slips.items() for row in own):
        marks = (pytest.mark.slow,) if (kit, case) in seen else ()
        seen.add((kit, case))
        rows.append(pytest.param(kit, case, changes, id=f"{kit} {case}: {slip}", marks=marks))
    return rows


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with a_host(tmp_path_factory.mktemp("conform")) as host:
        yield host


def played(host: Host, kit: str, sut: Sut, folder: Path, *keys: str) -> Sequence[Verdict]:
    cases = [case for case in KITS[kit].cases if not keys or case.key in keys]
    return [play(host, KITS[kit], case, sut, folder / case.key) for case in cases]


def failures(verdicts: Sequence[Verdict]) -> dict[str, str]:
    """What did not pass; a case that says nothing about a client is no failure."""
    return {
        one.case.key: f"{one.cause} {one.wrong}"
        for one in verdicts
        if one.outcome is Outcome.FAILED
    }


@pytest.mark.parametrize(("kit", "case"), EVERY_CASE)
def test_the_simulated_clients_conform(host: Host, tmp_path: Path, kit: str, case: str) -> None:
    assert failures(played(host, kit, FunctionSut(do), tmp_path, case)) == {}


@pytest.mark.slow
@pytest.mark.parametrize(("kit", "case"), EVERY_CASE)
def test_the_documented_clients_conform(host: Host, tmp_path: Path, kit: str, case: str) -> None:
    sut = client(list(KITS).index(kit))

    assert failures(played(host, kit, sut, tmp_path, case)) == {}


def test_the_documented_clients_are_as_short_as_their_headings_say() -> None:
    lengths = [len(code.splitlines()) for code in documented()]

    assert re.findall(r"^## A .+ in (\d+) lines$", PAGE.read_text("utf-8"), re.MULTILINE) == [
        str(length) for length in lengths
    ]
    assert len(lengths) == len(KITS)
    assert max(lengths) < 40


@pytest.mark.parametrize(("kit", "case", "changes"), wrong(WRONG))
def test_a_wrong_client_fails_the_case_about_it(
    host: Host, tmp_path: Path, kit: str, case: str, changes: list[Change]
) -> None:
    sut = client(list(KITS).index(kit), changes)

    (verdict,) = played(host, kit, sut, tmp_path, case)

    assert verdict.outcome is Outcome.FAILED, verdict.events
    assert verdict.wrong or "the client" in verdict.cause


def test_a_provider_that_shows_half_a_file_fails(host: Host, tmp_path: Path) -> None:
    def straight(job: Job) -> Told:
        name, content = a_batch_of(job)
        with desk_of(job).sftp() as drop:
            drop._sftp.putfo(io.BytesIO(content), f"/in/{FLOW}/{name}")
        return {"outcome": "accepted"}

    (verdict,) = played(host, "provider-jbplus", FunctionSut(straight), tmp_path, "whole-file")

    assert [one.expected for one in verdict.wrong] == [
        "it goes up under another name, and gets its own when it is whole"
    ]


class SoapDesk(Desk):
    """The payer's desk, asking over SOAP what it asks over REST elsewhere."""

    def rest(self) -> SoapClient:  # type: ignore[override]  # it has what a payer wants
        gateway = self.ready["gateway"]
        wire = HttpWire(gateway["http"], Bearer(gateway["token"]))
        return SoapClient(wire, self.sender, JobClock(self.ready["now"]))


@pytest.mark.parametrize("case", ["integrates-first", "busy-source"])
def test_a_client_over_soap_is_judged_alike(host: Host, tmp_path: Path, case: str) -> None:
    def work(job: Job) -> Told:
        desk = SoapDesk({**desk_of(job).ready, **job}, job["unit"])
        return follow_payments(job, desk)

    (verdict,) = played(host, "consumer-jbplus", FunctionSut(work), tmp_path, case)

    assert failures([verdict]) == {}
    assert {one.path for one in verdict.messages} >= {"/soap"}


def over_ftps(job: Job) -> Told:
    gateway, drop = job["gateway"], job["drop"]
    door = CertifiedDoor(
        host=drop["ftps"]["host"], port=drop["ftps"]["port"], ca=Path(gateway["ca"]),
        certificate=Path(gateway["certificate"]), key=Path(gateway["private_key"]),
        user=drop["user"], password=drop["ftps"]["password"],
    )  # fmt: skip
    upload_over_ftps(door, *a_batch_of(job))
    return {"outcome": "accepted"}


def test_a_provider_over_ftps_is_judged_alike(host: Host, tmp_path: Path) -> None:
    whole, cut, alone = played(
        host, "provider-jbplus", FunctionSut(over_ftps), tmp_path, "whole-file", "cut", "nothing-more"
    )  # fmt: skip

    assert failures([whole, cut, alone]) == {}
    assert (cut.outcome, cut.cause) == (
        Outcome.SKIPPED,
        "it delivers over FTPS, whose data go by a way of their own",
    )
    assert any("channel ftps" in line for line in whole.events)


def test_every_case_of_a_kit_has_a_client_that_fails_it() -> None:
    told = {kit: {case for case, *_ in slips} for kit, slips in WRONG.items()}
    told["provider-jbplus"].add("whole-file")

    assert told == {kit.key: {case.key for case in kit.cases} for kit in KITS.values()}


def test_the_command_plays_a_case_and_writes_three_reports(tmp_path: Path) -> None:
    sut = shlex.join([sys.executable, "-m", "gateway.simulation.conformance.own_clients"])
    reports = tmp_path / "out"

    done = CliRunner().invoke(
        app,
        ["conform", "consumer-jbplus", "--sut", sut, "--case", "empty-day", "--report", str(reports)],
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    assert "passed   001 art. 5    empty-day: handles an empty day" in done.output
    told = json.loads((reports / "report.json").read_text("utf-8"))
    assert (told["ok"], told["cases"]) == (True, {"passed": 1, "failed": 0, "skipped": 0})
    (row,) = etree.parse(reports / "junit.xml").iter("testcase")
    assert row.get("classname") == "consumer-jbplus.001 art. 5"
    page = (reports / "report.html").read_text("utf-8")
    assert "001 art. 5: handles an empty day" in page
    assert not any(word in page for word in ("http-equiv", "<script", "<link", "src="))
    assert "Bearer" not in page + json.dumps(told)


def test_what_failed_is_told_with_what_came(tmp_path: Path) -> None:
    reports = tmp_path / "out"

    done = CliRunner().invoke(
        app,
        ["conform", "consumer-jbplus", "--sut", "false", "--case", "empty-day", "--report", str(reports)],
    )  # fmt: skip

    assert done.exit_code == 1
    assert "run 1: the client ended with status 1" in done.output
    (failure,) = etree.parse(reports / "junit.xml").iter("failure")
    assert failure.get("message") == "001 art. 5: handles an empty day"
    assert "the client ended with status 1" in (failure.text or "")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["consumer-everything"], "there is no kit"),
        (["consumer-jbplus", "--sut", "true", "--case", "nothing"], "has no case nothing"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(given: list[str], told: str) -> None:
    done = CliRunner().invoke(app, ["conform", *given])

    assert done.exit_code == 3
    assert told in done.output
    assert "consumer-jbplus" in done.output


def test_the_cases_are_listed_with_their_articles() -> None:
    done = CliRunner().invoke(app, ["conform", "consumer-jbplus", "--json"])

    rows = json.loads(done.output)
    assert [row["case"] for row in rows] == [case.key for case in KITS["consumer-jbplus"].cases]
    assert all(row["article"].startswith("001 ") for row in rows)


def test_the_page_lists_every_case() -> None:
    page = PAGE.read_text("utf-8")

    rows = [
        f"| `{one.key}` | {one.article} | {one.title} |"
        for kit in KITS.values()
        for one in kit.cases
    ]
    assert [row for row in rows if row not in page] == []


class Service(BaseHTTPRequestHandler):
    """A client that is told over HTTP; what it is told decides how it does."""

    def do_POST(self) -> None:
        job = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = {"/run": "", "/text": "all is well", "/list": "[]"}.get(self.path)
        self.send_response(500 if said is None else 200)
        self.end_headers()
        told = "out of order" if said is None else said or json.dumps(do(job))
        self.wfile.write(told.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_client_behind_an_address_is_judged_alike(
    host: Host, tmp_path: Path, service: str
) -> None:
    sut = sut_of(f"{service}/run", 60)

    verdicts = played(host, "consumer-zorgtoeslag", sut, tmp_path, "counts-double")

    assert failures(verdicts) == {}


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/text", "told no JSON: all is well"),
        ("/list", "told no JSON object: []"),
        ("/broken", "answered 500: out of order"),
    ],
)
def test_what_is_no_answer_is_told(service: str, path: str, told: str) -> None:
    with pytest.raises(SutFailed, match=re.escape(told)):
        sut_of(service + path, 60).work({"kit": "consumer-jbplus"})


def test_an_address_where_nobody_is_is_told() -> None:
    with pytest.raises(SutFailed, match="gave no answer: ConnectError"):
        sut_of("http://127.0.0.1:1/run", 60).work({})


SAY = "import json, os; print(json.dumps({k: v for k, v in os.environ.items() if k.startswith('CONFORM_')}))"


def test_a_command_finds_the_job_in_its_environment_too() -> None:
    sut = sut_of(shlex.join([sys.executable, "-c", SAY]), 60)

    told = sut.work(
        {"kit": "k", "run": 2, "drop": {"port": 22}, "gateway": {"token": "t"}, "files": []}
    )

    assert told == {
        "CONFORM_KIT": "k", "CONFORM_RUN": "2", "CONFORM_DROP_PORT": "22", "CONFORM_GATEWAY_TOKEN": "t",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["/nowhere/to/be/found"], "cannot be run"),
        ([sys.executable, "-c", "raise SystemExit('no key')"], "ended with status 1: no key"),
        ([sys.executable, "-c", "input(); input()"], "EOFError"),
    ],
)
def test_a_command_that_does_not_do_its_work_is_told(command: list[str], told: str) -> None:
    with pytest.raises(SutFailed, match=told):
        sut_of(shlex.join(command), 60).work({})


def test_a_command_that_is_not_done_in_time_is_ended() -> None:
    waits = shlex.join([sys.executable, "-c", "import time; time.sleep(600)"])

    with pytest.raises(SutFailed, match=r"was not done within 0\.5 s"):
        sut_of(waits, 0.5).work({})
