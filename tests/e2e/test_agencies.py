"""The small agencies against a running space: what they decide, what they keep, and when it goes."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from consumers.agencies.ahovoks import SCHEMA, StudyGrants
from consumers.agencies.avsb import CareInsurance, Lists
from consumers.agencies.care_insurance import Condition, Premium
from consumers.agencies.contact_centre import (
    AccessDenied,
    Clerk,
    ContactCentre,
    Conversation,
    NotConfirmed,
    answer_of,
)
from consumers.agencies.family_income import Doubt
from consumers.agencies.mail_check import Kind
from consumers.agencies.store import Store
from consumers.agencies.study_grant import Standing, StudyYear
from consumers.answers import Refused, require
from consumers.references import numbered
from consumers.wire_http import HttpWire
from consumers.wire_rest import Stated
from consumers.wire_signature import MessageSigner, Signed
from consumers.wire_soap import SoapClient
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.agencies import (
    MUTATIONS,
    YEARLY_LIST,
    care_insurance,
    collect,
    contact_centre,
    payer,
    study_grants,
)
from gateway.simulation.desk import Desk
from gateway.simulation.disturbance.rules import Fault
from gateway.simulation.host import Host
from tests.people import AMINA, ELIF, JORIS, KARIM, LUKAS, NOOR, OSCAR, YUSUF, ZARA
from tests.running import CARE, TRANSACTIONS, RunningSpace, a_batch

BRAM, INES, OSCAR_NOW = "14660500350", "04631000654", "75700100788"
AHOVOKS, INFINO, CENTRE, AVSB = "ahovoks-studietoelagen", "infino", "dv-cc1700", "avsb"
CLERK = Clerk("82722401041", "eid")
KNOWN = Stated(name="Verzonnen", first_name="Joris", amount=Decimal("437.50"))
DAY = date(2025, 3, 10)


class Later:
    """A clock that stands so many days after the demo's start."""

    def __init__(self, day: date = DAY) -> None:
        self.at = datetime.combine(day, time(8), UTC)

    def now(self) -> datetime:
        return self.at

    def put(self, day: date) -> None:
        self.at = datetime.combine(day, time(8), UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where an agency keeps what it keeps."""
    return tmp_path / "agency"


def desk(space: RunningSpace, unit: str) -> Desk:
    return Desk(space.ready, unit, numbered(unit))


def on_disk(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def outcomes(space: RunningSpace, flow: str) -> list[str]:
    return [leaf["outcome"] for leaf in space.leaves() if leaf.get("flow") == flow]


# 004


def test_004_24_ahovoks_counts_a_disabled_person_for_two(space: RunningSpace, folder: Path) -> None:
    with study_grants(desk(space, AHOVOKS), folder) as agency:
        agency.open("S-1", StudyYear(2024), [NOOR, LUKAS, BRAM, INES])
        household = agency.count("S-1")
        asked = space.host.space.gateway.log.size
        again = agency.count("S-1")

    assert {one.insz: one.points for one in household.members} == {
        NOOR: 2, LUKAS: 1, BRAM: 1, INES: 2,
    }  # fmt: skip
    assert household.points == 6
    assert again == household
    assert space.host.space.gateway.log.size == asked
    assert outcomes(space, "repertorium") == ["permit"] * 4
    assert sorted(outcomes(space, "zorgtoeslag")) == ["permit"] * 3 + ["refusal"]


def test_ahovoks_waits_for_a_source_that_is_silent_and_guesses_nothing(
    space: RunningSpace, folder: Path
) -> None:
    with study_grants(desk(space, AHOVOKS), folder) as agency:
        agency.open("S-1", StudyYear(2024), [NOOR])
        space.disturb(Fault(where="source.zorgtoeslag", kind="garbled"))
        unknown = agency.count("S-1")
        space.disturb()
        known = agency.count("S-1")

    assert (unknown.points, unknown.members[0].standing) == (None, Standing.UNKNOWN)
    assert "60007" in unknown.members[0].because
    assert known.points == 2


def test_004_18_a_grant_file_goes_after_ten_years_or_when_it_is_deleted(
    space: RunningSpace, folder: Path
) -> None:
    clock = Later()
    with study_grants(desk(space, AHOVOKS), folder, clock) as agency:
        agency.open("S-1", StudyYear(2024), [NOOR])
        agency.open("S-2", StudyYear(2024), [NOOR, INES])
        agency.count("S-1")
        agency.count("S-2")
        agency.delete("S-2")
        after_deletion = [ask_care(space, person) for person in (NOOR, INES)]
        clock.put(date(2035, 3, 9))
        early = agency.purge()
        clock.put(date(2035, 3, 10))
        due = agency.purge()

    assert after_deletion == [200, 403]
    assert (early, due) == (0, 1)
    assert ask_care(space, NOOR) == 403
    assert NOOR.encode() not in on_disk(folder)


def ask_care(space: RunningSpace, person: str) -> int:
    body = {"insz": person, "referentiedatum": "2024-12-31"}
    return space.post(AHOVOKS, CARE, body).status_code


def test_an_agency_works_alike_over_signed_soap_without_a_token(
    space: RunningSpace, folder: Path
) -> None:
    own = space.credential(AHOVOKS)
    signer = MessageSigner(own["certificate"], own["private_key"], space.ready["ca"])
    wire = HttpWire(space.http, Signed(signer))
    clock = space.host.space.clock
    with (
        Store(folder / "grants.db", SCHEMA) as store,
        SoapClient(wire, space.sender(AHOVOKS), clock) as gateway,
    ):
        agency = StudyGrants(gateway, store, clock)
        agency.open("S-1", StudyYear(2024), [NOOR, LUKAS])
        household = agency.count("S-1")

    assert household.points == 3
    assert {leaf["credential"] for leaf in space.leaves()} == {AHOVOKS}


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[RunningSpace]:
    """A space that says no more than the real platform would."""
    host = Host(Settings(data=tmp_path / "plain", http_port=0, sftp_port=0, demo=True,
                         clock=DEMO_CLOCK, fidelity="magda"))  # fmt: skip
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


def test_agencies_decide_alike_where_nothing_is_said_but_the_code(
    plain: RunningSpace, folder: Path
) -> None:
    with study_grants(desk(plain, AHOVOKS), folder) as grants:
        grants.open("S-1", StudyYear(2024), [NOOR, LUKAS])
        household = grants.count("S-1")
    with care_insurance(desk(plain, AVSB), folder) as avsb:
        judged = [avsb.apply(one, DAY).condition for one in (AMINA, ZARA, YUSUF)]
    with payer(desk(plain, INFINO), folder) as infino:
        infino.take_on("G-1", [KARIM, LUKAS])
        infino.records.declare("G-1", 2024, Decimal("24000.00"))
        asked, income = infino.ask(), infino.income("G-1", 2024)

    assert household.points == 3
    assert judged == [Condition.MET, Condition.NOT_MET, Condition.UNKNOWN]
    assert (asked.answered, income.counted, income.doubts) == (2, Decimal("23400.00"), ())


# 001


@pytest.fixture
def eve(tmp_path: Path) -> Iterator[RunningSpace]:
    """A space on the day before two transactions."""
    options = Settings(data=tmp_path / "eve", http_port=0, sftp_port=0, demo=True,
                       clock="2025-03-09T08:00:00+01:00")  # fmt: skip
    host = Host(options)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


def test_001_25_a_payer_takes_the_net_jobbonus_plus_out_of_a_familys_income(
    eve: RunningSpace, folder: Path
) -> None:
    at_desk = desk(eve, INFINO)
    declared = Decimal("24000.00")
    with payer(at_desk, folder) as agency:
        agency.take_on("G-1", [KARIM])
        agency.take_on("G-2", [ELIF])
        agency.records.declare("G-1", 2024, declared)
        agency.records.declare("G-2", 2023, declared)
        first = agency.ask()
        before = [agency.income("G-1", 2024), agency.income("G-2", 2023)]
        eve.control("POST", "/clock/advance", {"days": 2})
        collection, inbox = collect(at_desk, folder, MUTATIONS)
        announced = agency.take_in(inbox)
        pending = agency.income("G-1", 2024)
        second = agency.ask()
        after = [agency.income("G-1", 2024), agency.income("G-2", 2023)]

    assert (first.answered, second.answered, announced) == (2, 2, 2)
    assert len(collection.kept) == 2
    assert [one.counted for one in before] == [declared, Decimal("23400.00")]
    assert [one.counted for one in after] == [Decimal("23400.00"), declared]
    assert pending.doubts == (Doubt.STILL_TO_ASK,)
    assert [one.doubts for one in after] == [(), ()]


def test_001_07_of_strangers_in_a_file_a_payer_asks_and_keeps_nothing(
    space: RunningSpace, folder: Path
) -> None:
    """Registered, and let go before the file is taken in: then they are nobody's business."""
    space.register(INFINO, KARIM, ELIF)
    space.upload(f"{MUTATIONS}_2025-03-10.json", a_batch(KARIM, ELIF))
    with payer(desk(space, INFINO), folder) as agency:
        agency.take_on("G-1", [ELIF])
        agency.ask()
        _, inbox = collect(desk(space, INFINO), folder, MUTATIONS)
        announced = agency.take_in(inbox)
        asked = agency.ask()

    assert (announced, asked.answered) == (1, 1)
    assert KARIM.encode() not in on_disk(folder)
    assert outcomes(space, "jobbonusplus-verrichtingen") == ["permit", "permit"]


def test_001_28_a_suspended_payer_keeps_its_questions_for_later(
    space: RunningSpace, folder: Path
) -> None:
    act(space, "schorsing")
    with payer(desk(space, INFINO), folder) as agency:
        agency.take_on("G-1", [KARIM])
        agency.records.declare("G-1", 2024, Decimal("24000.00"))
        refused = agency.ask()
        income = agency.income("G-1", 2024)
        act(space, "opheffing")
        answered = agency.ask()

    (refusal,) = refused.refused
    assert (refusal.code, refusal.first.article) == ("13001", "art. 8")
    assert Doubt.STILL_TO_ASK in income.doubts
    assert (answered.answered, list(answered.refused)) == (1, [])


def act(space: RunningSpace, kind: str) -> None:
    told = space.post("wewis", "/v1/protocollen/001/gebeurtenissen",
                      {"soort": kind, "partij": "infino"}, content_type="application/json")  # fmt: skip
    assert told.status_code == 201, told.text


def test_x_13_a_payer_follows_a_number_that_was_replaced(space: RunningSpace, folder: Path) -> None:
    with payer(desk(space, INFINO), folder) as agency:
        agency.take_on("G-1", [OSCAR])
        agency.records.declare("G-1", 2023, Decimal("20000.00"))
        agency.ask()
        income = agency.income("G-1", 2023)
        members = agency.records.members("G-1")

    assert income.counted == Decimal("19400.00")
    assert members == [OSCAR_NOW]
    assert space.post(INFINO, TRANSACTIONS, {"insz": OSCAR_NOW}).status_code == 200
    assert space.post(INFINO, TRANSACTIONS, {"insz": OSCAR}).status_code == 403


def test_001_a_family_is_forgotten_five_years_after_its_last_payment(
    space: RunningSpace, folder: Path
) -> None:
    clock = Later()
    with payer(desk(space, INFINO), folder, clock) as agency:
        agency.take_on("G-1", [KARIM])
        agency.take_on("G-2", [KARIM, ELIF])
        agency.ask()
        agency.records.note_payment("G-1", date(2026, 2, 1))
        clock.put(date(2030, 3, 9))
        early = agency.purge()
        clock.put(date(2030, 3, 10))
        due = agency.purge()
        still_there = agency.records.movements("G-1")
        clock.put(date(2031, 2, 1))
        last = agency.purge()

    assert (early, due, last) == (0, 1, 1)
    assert len(still_there) == 1
    assert not any(one.encode() in on_disk(folder) for one in (KARIM, ELIF))
    assert space.post(INFINO, TRANSACTIONS, {"insz": KARIM}).status_code == 403


def test_001_a_family_that_is_let_go_is_deregistered_and_kept_for_its_term(
    space: RunningSpace, folder: Path
) -> None:
    with payer(desk(space, INFINO), folder) as agency:
        agency.take_on("G-1", [KARIM, ELIF])
        agency.take_on("G-2", [ELIF])
        agency.ask()
        agency.let_go("G-1")
        kept = agency.records.movements("G-1")

    statuses = [
        space.post(INFINO, TRANSACTIONS, {"insz": one}).status_code for one in (KARIM, ELIF)
    ]
    assert statuses == [403, 200]
    assert len(kept) == 3


# 000


def call(agency: ContactCentre, channel: str = "telefoon") -> Conversation:
    question = "Ik kreeg een brief en geen geld. Waar blijft het?"
    return require(agency.take(CLERK, JORIS, question, channel))  # type: ignore[arg-type]


def test_000_01_by_telephone_a_citizen_is_answered_and_nothing_is_kept(
    space: RunningSpace, folder: Path
) -> None:
    with contact_centre(desk(space, CENTRE), folder) as agency:
        conversation = call(agency)
        early = conversation.look()
        assert require(conversation.identify(KNOWN)).is_identified
        told = answer_of(require(conversation.look()))
        conversation.forget()
        kept = agency.mailbox.all()

    assert isinstance(early, Refused)
    assert early.reason == "not-identified"
    assert "rekeningnummer ontbreekt" in told
    assert "nog niet gekend" in told
    assert list(kept) == []
    disk = on_disk(folder)
    for secret in ("2105", "437", "Verzonnen", "Korenmarkt", JORIS):
        assert secret.encode() not in disk


def test_000_04_who_is_not_identified_is_told_nothing(space: RunningSpace, folder: Path) -> None:
    with contact_centre(desk(space, CENTRE), folder) as agency:
        conversation = call(agency)
        wrong = Stated(name="Verzonnen", first_name="Joris", amount=Decimal("437.51"))
        assert not require(conversation.identify(wrong)).is_identified

        assert isinstance(conversation.look(), Refused)
        assert conversation.seen is None


def test_000_07_what_was_seen_is_gone_from_the_desk_after_fifteen_minutes(
    space: RunningSpace, folder: Path
) -> None:
    clock = Later()
    clock.at = space.host.space.clock.now()
    with contact_centre(desk(space, CENTRE), folder, clock) as agency:
        conversation = call(agency)
        conversation.identify(KNOWN)
        conversation.look()
        clock.at += timedelta(minutes=14, seconds=59)
        in_time = conversation.seen
        clock.at += timedelta(seconds=1)

        assert in_time is not None
        assert conversation.seen is None
        assert "437" not in repr(conversation)


def test_000_10_a_mail_answer_is_warned_kept_twelve_months_and_then_gone(
    space: RunningSpace, folder: Path
) -> None:
    clock = Later()
    with contact_centre(desk(space, CENTRE), folder, clock) as agency:
        conversation = call(agency, "e-mail")
        conversation.identify(KNOWN)
        file = require(conversation.look())
        loose = conversation.draft("U hebt recht op 437,50 euro op BE68 5390 0754 7034.")
        with pytest.raises(NotConfirmed, match="account, amount"):
            agency.send(CLERK, loose)
        unsent = agency.mailbox.all()
        clean = conversation.draft(answer_of(file))
        key = agency.send(CLERK, clean)
        confirmed = agency.send(CLERK, loose, is_confirmed=True)
        clock.put(date(2026, 3, 9))
        last_day = [agency.mailbox.find(one) for one in (key, confirmed)]
        before = on_disk(folder)
        clock.put(date(2026, 3, 10))
        gone = [agency.mailbox.find(one) for one in (key, confirmed)]

    assert list(unsent) == []
    assert clean.is_clean
    assert {one.kind for one in loose.warned} == {Kind.AMOUNT, Kind.ACCOUNT}
    assert [one.answer if one else "" for one in last_day] == [clean.answer, loose.answer]
    assert gone == [None, None]
    assert b"437,50" in before
    after = on_disk(folder)
    assert b"437,50" not in after
    assert b"Waar blijft het" not in after


def test_000_10_the_citizens_own_words_are_checked_too(space: RunningSpace, folder: Path) -> None:
    with contact_centre(desk(space, CENTRE), folder) as agency:
        question = "Kunt u storten op BE68 5390 0754 7034?"
        conversation = require(agency.take(CLERK, JORIS, question, "e-mail"))
        draft = conversation.draft("Dat kan via Mijn Burgerprofiel.")

        assert draft.warned == ()
        assert [one.kind for one in draft.warned_of_question] == [Kind.ACCOUNT]
        with pytest.raises(NotConfirmed):
            agency.send(CLERK, draft)


def test_000_13_a_clerk_with_a_password_reaches_neither_file_nor_mailbox(
    space: RunningSpace, folder: Path
) -> None:
    weak = Clerk(CLERK.insz, "password")
    with contact_centre(desk(space, CENTRE), folder) as agency:
        with pytest.raises(AccessDenied):
            agency.take(weak, JORIS, "?", "telefoon")
        draft = call(agency).draft("Dag.")
        with pytest.raises(AccessDenied):
            agency.send(weak, draft)

    assert [leaf.get("step") for leaf in space.leaves()] == ["question"]


# 002


def test_002_avsb_asks_advice_and_never_takes_ignorance_for_no(
    space: RunningSpace, folder: Path
) -> None:
    with care_insurance(desk(space, AVSB), folder) as agency:
        judged = {
            "ok": agency.apply(AMINA, DAY, "zorgkas-2"),
            "nok": agency.apply(ZARA, DAY, "zorgkas-1"),
            "ignorance": agency.apply(YUSUF, DAY),
            "not a member": agency.apply(ZARA, date(2025, 3, 9), "zorgkas-2"),
        }
        asked = space.host.space.gateway.log.size
        early = agency.apply(ZARA, date(2021, 12, 31))
        again = agency.apply(ZARA, DAY, "zorgkas-1")

    assert {name: one.condition for name, one in judged.items()} == {
        "ok": Condition.MET, "nok": Condition.NOT_MET, "ignorance": Condition.UNKNOWN,
        "not a member": Condition.UNKNOWN,
    }  # fmt: skip
    assert judged["nok"].because == "geen attest van inburgering"
    assert "ask the applicant" in judged["ignorance"].because
    assert early.condition is Condition.NOT_APPLICABLE
    assert again == judged["nok"]
    assert space.host.space.gateway.log.size == asked


def test_002_19_the_list_of_a_year_decides_the_reduced_premium_of_the_next(
    space: RunningSpace, folder: Path
) -> None:
    content = a_batch(ZARA, day="2025-01-01", flow=YEARLY_LIST)
    space.upload(f"{YEARLY_LIST}_2025-01-01.json", content, user="agii", flow=YEARLY_LIST)
    at_desk = desk(space, AVSB)
    with care_insurance(at_desk, folder) as agency:
        without = premium(agency, ZARA, 2026)
        _, inbox = collect(at_desk, folder, YEARLY_LIST)
        lists = agency.take_in(inbox)
        decided = {
            (person, year): premium(agency, person, year)
            for person, year in ((ZARA, 2026), (AMINA, 2026), (ZARA, 2025), (ZARA, 2022))
        }
        agency.died(ZARA, date(2025, 6, 1))
        dead = premium(agency, ZARA, 2026)

    assert without is Premium.UNDECIDED
    assert lists == Lists([2025], [])
    assert decided == {
        (ZARA, 2026): Premium.FULL, (AMINA, 2026): Premium.REDUCED,
        (ZARA, 2025): Premium.UNDECIDED, (ZARA, 2022): Premium.REDUCED,
    }  # fmt: skip
    assert dead is Premium.REDUCED
    assert ZARA.encode() not in on_disk(folder)


def test_002_12_each_care_fund_collects_its_own_members(space: RunningSpace, folder: Path) -> None:
    content = a_batch(AMINA, ZARA, day="2025-01-01", flow=YEARLY_LIST)
    space.upload(f"{YEARLY_LIST}_2025-01-01.json", content, user="agii", flow=YEARLY_LIST)
    with care_insurance(desk(space, AVSB), folder) as agency:
        passed = require(agency.pass_on(2025))
        again = require(agency.pass_on(2025))
    found = {}
    for fund in ("zorgkas-1", "zorgkas-2", "zorgkas-3"):
        collection, inbox = collect(desk(space, fund), folder / fund, f"{YEARLY_LIST}-leden")
        found[fund] = [inbox.read(name).insz for name in collection.kept]

    assert (passed.funds, again.key) == (6, passed.key)
    assert found == {"zorgkas-1": [(ZARA,)], "zorgkas-2": [(AMINA,)], "zorgkas-3": [()]}


def premium(agency: CareInsurance, insz: str, year: int) -> Premium:
    return agency.premium(insz, year, is_entitled_otherwise=True).premium


def test_002_22_an_advice_goes_five_years_after_the_budget(
    space: RunningSpace, folder: Path
) -> None:
    clock = Later(date(2024, 1, 10))
    with care_insurance(desk(space, AVSB), folder, clock) as agency:
        agency.apply(AMINA, date(2024, 1, 10))
        agency.apply(ZARA, date(2024, 1, 10))
        agency.apply(AMINA, date(2022, 3, 1))
        agency.end(AMINA, date(2024, 1, 10), date(2024, 6, 30))
        purged = {}
        for day in ("2029-01-09", "2029-01-10", "2029-06-29", "2029-06-30", "2040-01-01"):
            clock.put(date.fromisoformat(day))
            purged[day] = agency.purge()

    assert purged == {
        "2029-01-09": 0, "2029-01-10": 1, "2029-06-29": 0, "2029-06-30": 1, "2040-01-01": 0,
    }  # fmt: skip
    assert ZARA.encode() not in on_disk(folder)
    assert AMINA.encode() in on_disk(folder)
