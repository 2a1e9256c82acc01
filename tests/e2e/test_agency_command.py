"""`magda-sim agency`: the agencies from the command line, their exit status and what they print."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from tests.people import ZARA
from tests.running import RunningSpace, a_batch

RIGHT = ("joris", "--name", "Verzonnen", "--first-name", "Joris", "--amount", "437.50")
LIST = "inburgering-jaarlijst"


def run(space: RunningSpace, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["agency", *words, "--data", space.ready["data"]])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def told(space: RunningSpace, *words: str) -> Any:
    return json.loads(run(space, *words, "--json")[1])


def test_004_24_ahovoks_counts_a_household(space: RunningSpace) -> None:
    status, output = run(space, "ahovoks", "noor", "lukas", "bram")

    assert status == 0
    assert output.splitlines()[-1] == "4  in all, study year 2024-2025"
    assert "4 points in pillar 1 on 2024-12-31" in output
    assert (Path(space.ready["data"]) / "agencies/ahovoks-studietoelagen/grants.db").exists()


def test_who_is_not_known_leaves_a_household_uncounted(space: RunningSpace) -> None:
    status, output = run(space, "ahovoks", "noor", "74612515608")

    assert status == 2
    assert output.splitlines()[-1] == "?  in all, study year 2024-2025"
    assert "30003" in output


def test_001_25_a_payer_follows_the_files(space: RunningSpace) -> None:
    first = told(space, "payer", "infino", "karim", "--income", "24000")
    space.control("POST", "/clock/advance", {"days": 1})
    status, output = run(space, "payer", "infino", "--income", "24000")

    assert first["income"]["counted"] == "23400.00"
    assert (status, first["files"]) == (0, [])
    assert output.splitlines() == [
        "collected jobbonusplus-mutaties_2025-03-10_000001.json",
        "1 of our people announced",
        "asked: 1 answered, 0 refused",
        "income 2024: 24000.00 less 600.00 jobbonus plus counts for 23400.00",
    ]


def test_a_lost_file_comes_back_and_trouble_and_refusal_have_their_exit_status(
    space: RunningSpace,
) -> None:
    space.register("infino", "90712301137")
    for day in ("2025-03-09", "2025-03-10"):
        space.upload(f"jobbonusplus-mutaties_{day}.json", a_batch("90712301137", day=day))
    out = Path(space.ready["data"]) / "drop/infino/uit/jobbonusplus-mutaties"
    (out / "jobbonusplus-mutaties_2025-03-09_000001.json").unlink()
    mended, output = run(space, "payer", "infino")
    space.upload("jobbonusplus-mutaties_2025-03-10_2.json", a_batch("90712301137", number=2))
    (out / "jobbonusplus-mutaties_2025-03-10_000003.json").write_text("{}")
    trouble, left = run(space, "payer", "infino")
    act = {"soort": "schorsing", "partij": "infino", "stroom": "jobbonusplus-verrichtingen"}
    space.post("wewis", "/v1/protocollen/001/gebeurtenissen", act, content_type="application/json")
    refused, said = run(space, "payer", "infino", "karim", "--income", "1")

    assert (mended, output.count("collected")) == (0, 2)
    assert (trouble, "left: jobbonusplus-mutaties_2025-03-10_000003.json: digest" in left) == (
        1,
        True,
    )
    assert (refused, "13001" in said) == (2, True)
    assert "look at this: an announced change has not been asked about yet" in said


def test_000_the_contact_centre_answers_and_keeps_only_mails(space: RunningSpace) -> None:
    phone = told(space, "contact-centre", *RIGHT)
    wrong, _ = run(space, "contact-centre", *RIGHT[:-1], "1.00")
    loose = "U krijgt 437,50 euro."
    unsent, said = run(space, "contact-centre", *RIGHT, "--mail", loose)
    sent = told(space, "contact-centre", *RIGHT, "--mail", "")
    confirmed = told(space, "contact-centre", *RIGHT, "--mail", loose, "--confirm")

    assert (phone["identified"], phone["kept"], wrong) == (True, 0, 2)
    assert (unsent, "the mail holds: amount" in said) == (2, True)
    assert (sent["mail"], sent["warned"], sent["kept"]) == (1, [], 1)
    assert (confirmed["mail"], confirmed["warned"]) == (2, ["amount"])


def test_002_avsb_judges_a_budget_and_a_premium(space: RunningSpace) -> None:
    content = a_batch(ZARA, day="2025-01-01", flow=LIST)
    space.upload(f"{LIST}_2025-01-01.json", content, user="agii", flow=LIST)
    status, output = run(
        space, "avsb", "zara", "--opening-day", "2025-03-10", "--fund", "zorgkas-1",
        "--premium", "2026",
    )  # fmt: skip

    assert status == 0
    assert output.splitlines() == [
        "collected inburgering-jaarlijst_2025-01-01_000001.json",
        "list of 2025 taken in",
        "budget: not met (geen attest van inburgering)",
        "premium 2026: full (on the list of 1 January 2025: the duty is not fulfilled)",
    ]


def test_002_12_avsb_has_the_list_passed_on(space: RunningSpace) -> None:
    content = a_batch(ZARA, day="2025-01-01", flow=LIST)
    early, said = run(space, "pass-on", "2025")
    space.upload(f"{LIST}_2025-01-01.json", content, user="agii", flow=LIST)
    first, again = told(space, "pass-on", "2025"), told(space, "pass-on", "2025")

    assert (early, "refused" in said) == (2, True)
    assert first == again
    assert (first["year"], first["funds"]) == (2025, 6)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("payer", "infino", "--income", "veel"), 3, "no amount"),
        (("avsb", "zara", "--opening-day", "morgen"), 3, "no day"),
        (("payer", "niemand"), 3, "no unit"),
        (("payer", "vutg-audit"), 3, "no account"),
        (("contact-centre", "61673000372", "--name", "x"), 2, "20002"),
        (("ahovoks", "niemand"), 2, "persona"),
    ],
)
def test_what_is_wrong_is_said(
    shared_space: RunningSpace, words: tuple[str, ...], status: int, said: str
) -> None:
    done, output = run(shared_space, *words)

    assert (done, said in output) == (status, True), output


def test_where_nothing_runs_that_is_said(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["agency", "avsb", "1", "--data", str(tmp_path)])

    assert done.exit_code == 1
    assert "start it with" in done.output
