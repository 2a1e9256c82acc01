"""`magda-sim agency zele` in a running space: July, January, no order, and what stands in the way (003)."""

import json
import sqlite3
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sepaxml.validation import try_valid_xml
from typer.testing import CliRunner

from consumers.agencies.payment_copies import SCHEMA, PaymentCopies
from consumers.agencies.payment_list import judge_rows
from consumers.agencies.store import Store
from gateway.cli.main import app
from tests.people import BRAM, INES, NOOR, SOFIE
from tests.running import RunningSpace, a_batch
from tests.unit.test_payment_order import a_file, a_row

FLOW = "zele-betaalbestand"
JULY, JANUARY = "2025-07-05T09:00:00+02:00", "2026-01-08T09:00:00+01:00"
HEALTH = ("zorg", "ondersteuning", "punten", "handicap", "kind", "pijler")


@pytest.fixture
def clock() -> str:
    return JULY


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "order.xml"


def run(space: RunningSpace, out: Path, *words: str) -> tuple[int, str]:
    where = ("--out", str(out), "--data", space.ready["data"])
    done = CliRunner().invoke(app, ["agency", "zele", *where, *words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def told(space: RunningSpace, out: Path, *words: str) -> Any:
    return json.loads(run(space, out, *words, "--json")[1])


def at(space: RunningSpace, instant: str) -> None:
    space.control("PUT", "/providers/wewis", {"automatic": False})
    assert space.control("PUT", "/clock", {"at": instant}).status_code == 200


def texts(message: bytes, name: str) -> list[str]:
    return [str(one.text) for one in etree.fromstring(message).iter(f"{{*}}{name}")]


def placed(space: RunningSpace, *rows: Any, day: str = "2025-07-05") -> None:
    content = a_batch(day=day, flow=FLOW, records=list(rows), aantal=len(rows))
    space.upload(f"{FLOW}_{day}.json", content, user="vutg", flow=FLOW)


def ready_row(child: str, name: str, account: str | None) -> dict[str, Any]:
    return {
        "kind": {"insz": child, "naam": "Voorbeeld", "voornaam": "Noor", "adres": {"gemeente": "Zele"}},
        "begunstigde": {"insz": SOFIE, "naam": name, "voornaam": "Zoë", "rekeningnummer": account,
                        "adres": {"gemeente": "Gent"}},
        "bedrag": "150.00",
    }  # fmt: skip


def test_003_01_july_is_asked_collected_and_ordered(space: RunningSpace, out: Path) -> None:
    status, said = run(space, out)

    message = out.read_bytes()
    try_valid_xml(message, "pain.001.001.09")
    assert status == 0
    assert said.splitlines() == [
        f"collected {FLOW}_2025-07-01_000001.json",
        f"{FLOW}_2025-07-01_000001.json: 5 rows, 1000.00 in all, for 2025",
        "by hand: row 4, 100.00 to Tess Proefman (no account)",
        f"order TOELAGE-2025-000001: 4 payments, 900.00, on 2025-07-07, in {out}",
        "the copy goes on 2026-07-05, the children's numbers then, or sooner with the data of a later year",
    ]
    assert sum(map(Decimal, texts(message, "InstdAmt"))) == Decimal("900.00")
    assert "BE71096123456769" in texts(message, "IBAN")
    assert out.stat().st_mode & 0o777 == 0o600


def test_nothing_of_a_child_or_of_health_goes_to_the_bank(space: RunningSpace, out: Path) -> None:
    run(space, out)

    message = out.read_text().lower()
    assert [one for one in (NOOR, BRAM, INES, SOFIE) if one in message] == []
    assert [one for one in HEALTH if one in message] == []
    assert set(texts(out.read_bytes(), "Ustrd")) == {"Gemeente Zele: toelage 2025"}


def test_asked_again_by_a_colleague_it_is_the_same_order_from_one_copy(
    space: RunningSpace, out: Path, tmp_path: Path
) -> None:
    first = told(space, out)
    again = told(space, tmp_path / "again.xml", "--unit", "zele-samenlevingsopbouw")

    assert (first["files"], again["files"]) == ([first["file"]], [])
    assert out.read_bytes() == (tmp_path / "again.xml").read_bytes()
    assert first["order"]["key"] == again["order"]["key"]
    inbox = Path(space.ready["data"]) / "agencies/zele/inbox" / FLOW
    assert [one.name for one in inbox.glob("*.json") if NOOR in one.read_text()] == []


def test_003_15_january_pays_nobody_again(space: RunningSpace, out: Path, tmp_path: Path) -> None:
    july = told(space, out)
    at(space, JANUARY)

    january = told(space, tmp_path / "january.xml")

    assert (july["year"], january["year"]) == (2025, 2025)
    assert january["file"] != july["file"]
    keys = texts((tmp_path / "january.xml").read_bytes(), "EndToEndId") if january["order"] else []
    assert set(keys) & set(texts(out.read_bytes(), "EndToEndId")) == set()
    assert january["not_paid"] == []
    with sqlite3.connect(Path(space.ready["data"]) / "agencies/zele/payments.db") as db:
        (numbers,) = db.execute("SELECT count(*) FROM child WHERE year = 2025").fetchone()
    db.close()
    assert numbers == july["rows"] + january["rows"]


@pytest.mark.parametrize("clock", [JANUARY])
def test_003_22_january_alone_has_the_whole_last_year(space: RunningSpace, out: Path) -> None:
    done = told(space, out)

    try_valid_xml(out.read_bytes(), "pain.001.001.09")
    assert done["year"] == 2025
    sums = [Decimal(done["order"]["total"]), *(Decimal(one["amount"]) for one in done["by_hand"])]
    assert sum(sums) == Decimal(done["total"])


@pytest.mark.parametrize("clock", ["2026-07-05T00:00:00+02:00"])
def test_003_37_a_copy_is_gone_after_a_year_by_the_clock_of_the_space(
    space: RunningSpace, out: Path, tmp_path: Path
) -> None:
    old, young = datetime(2025, 7, 5, 21, 59, tzinfo=UTC), datetime(2025, 7, 5, 22, 1, tzinfo=UTC)
    with Store(tmp_path / "state/payments.db", SCHEMA) as store, store.together():
        for name, child, at_ in (("old", NOOR, old), ("young", BRAM, young)):
            file = a_file(a_row(child, name=f"Bewaard-{name}"))
            PaymentCopies(store).keep(name, file, judge_rows(file, set()), at_)
    words = ("--state", str(tmp_path / "state"), "--file")
    kept, _ = run(space, out, *words, "young")
    gone, said = run(space, tmp_path / "none.xml", *words, "old")

    database = (tmp_path / "state/payments.db").read_bytes()
    assert (kept, out.exists(), b"Bewaard-young" in database) == (0, True, True)
    assert (gone, "old is not here" in said, (tmp_path / "none.xml").exists()) == (1, True, False)
    assert (b"Bewaard-old" in database, NOOR.encode() in database) == (False, False)


def test_a_ready_file_is_paid_by_its_name_with_its_signs_changed(
    space: RunningSpace, out: Path
) -> None:
    placed(space, ready_row(NOOR, "Çelik & Łukasz", "BE71 0961 2345 6769".replace(" ", "")))
    name = f"{FLOW}_2025-07-05_000001.json"

    done = told(space, out, "--file", name)

    assert (done["file"], done["rows"], done["total"]) == (name, 1, "150.00")
    assert texts(out.read_bytes(), "Nm")[-1] == "Zoe Celik + Lukasz"


def test_an_empty_file_gives_no_order_and_says_so(space: RunningSpace, out: Path) -> None:
    placed(space)

    status, said = run(space, out, "--file", f"{FLOW}_2025-07-05_000001.json")

    assert status == 0, said
    assert "0 rows, 0.00 in all" in said
    assert "no order: nothing in the file is for a bank; nothing was written" in said
    assert not out.exists()


@pytest.mark.parametrize("clock", ["2025-06-30T23:59:59+02:00"])
def test_003_21_outside_the_window_it_is_refused(space: RunningSpace, out: Path) -> None:
    status, said = run(space, out)

    assert (status, "40005" in said, out.exists()) == (2, True, False)


@pytest.mark.parametrize(
    ("words", "status", "part"),
    [
        (("--account", "BE48999000000171"), 3, "no IBAN"),
        (("--unit", "zele-burgerzaken"), 2, "13001"),
        (("--unit", "niemand"), 3, "no unit"),
        (("--file", f"{FLOW}_2025-07-01_000009.json"), 1, "is not here"),
    ],
)
def test_what_is_wrong_is_said(
    space: RunningSpace, out: Path, words: tuple[str, ...], status: int, part: str
) -> None:
    done, said = run(space, out, *words)

    assert (done, part in said, out.exists()) == (status, True, False), said


def test_the_account_that_pays_comes_from_the_environment(
    space: RunningSpace, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAGDA_SIM_ZELE_ACCOUNT", "BE20 0990 0000 0156")
    run(space, out)

    assert texts(out.read_bytes(), "IBAN")[0] == "BE20099000000156"


def test_without_the_extra_it_says_what_to_install(
    shared_space: RunningSpace, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("sepa_text", "payment_list", "zele"):
        monkeypatch.delitem(sys.modules, f"consumers.agencies.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "text_unidecode", None)
    status, said = run(shared_space, out)

    assert (status, "magda-sim[payments]" in said) == (1, True)
