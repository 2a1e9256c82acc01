"""A citizen sees who saw their data and why: exactly what the log holds about them, and nobody else."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from gateway.adapters.citizen_logins import LIFETIME_S, CitizenLogins
from gateway.domain.log_entry import Event, EventKind
from tests.people import AMINA, BRAM, ELIF, INES, KARIM, LUKAS, NOOR, OSCAR, SOFIE, ZARA
from tests.running import ADVICE, CARE, FLOW, TRANSACTIONS, RunningSpace, a_batch
from tests.session import Session

AHOVOKS, VUTG, INFINO = "ahovoks-studietoelagen", "vutg-rechten", "infino"
OSCAR_NOW = "75700100788"
LOOKS = "/mijn/raadplegingen"
ASK = {"insz": NOOR, "referentiedatum": "2024-12-31"}
CLERK = "82722401041"
MARKS = {"verstrekt": "gekregen", "geweigerd": "geweigerd", "niet afgeleverd": "niet aangekomen"}
SORTS = {
    "bevraging": "een vraag over u", "bestand": "een bestand waarin u voorkomt",
    "herlevering": "hetzelfde bestand, nog eens afgehaald", "bronbevraging": "het platform keek zelf",
}  # fmt: skip
"""How the page puts what the wire says."""
NOTHING_GIVEN = "Er is niets meegedeeld."
JUNE = "2025-06-30T08:00:00+02:00"
"""The next day the municipality may ask for its file."""


def log_in(space: RunningSpace, key: str) -> tuple[str, list[str]]:
    answer = space.control("POST", f"/personas/{key}/login")
    assert answer.status_code == 200, answer.text
    return answer.json()["token"], answer.json()["sees"]


def looks(space: RunningSpace, key: str, **asked: Any) -> httpx.Response:
    token, _ = log_in(space, key)
    return httpx.get(
        space.http + LOOKS, params=asked, headers={"Authorization": f"Bearer {token}"},
        timeout=30, trust_env=False,
    )  # fmt: skip


class Page(HTMLParser):
    """What stands on a page of `/mijn`: the looks from the top on, each with its words, and the next page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.looks: list[dict[str, Any]] = []
        self.next, self._inside = "", False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "section":
            self._inside = True
            self.looks.append({"beslissing": named["aria-labelledby"], "words": ""})
        if tag == "time":
            self.looks[-1]["wanneer"] = named["datetime"]
        if named.get("rel") == "next":
            self.next = named["href"] or ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "section"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.looks[-1]["words"] += data


def read(space: RunningSpace, key: str) -> list[dict[str, Any]]:
    """Every look on the pages of `/mijn`, from the first page to the last."""
    headers = {"Authorization": f"Bearer {log_in(space, key)[0]}"}
    found: list[dict[str, Any]] = []
    place = "/mijn?aantal=7"
    while place:
        answer = space.get(place, **headers)
        assert answer.status_code == 200, answer.text
        page = Page(answer.text)
        assert 0 < len(page.looks) <= 50 or not (page.next or found)
        found += page.looks
        place = page.next
    return found


def assert_same(page: list[dict[str, Any]], items: list[dict[str, Any]]) -> None:
    """The page says of each item, in the same order, what the wire says of it."""
    assert [one["beslissing"] for one in page] == [one["beslissing"] for one in items]
    for shown, item in zip(page, items, strict=True):
        at = datetime.fromisoformat(shown["wanneer"])
        assert at == datetime.fromisoformat(item["wanneer"])
        words = " ".join(shown["words"].split())
        assert words.split(" · ")[1].startswith(MARKS[item["uitkomst"]])
        assert SORTS[item["soort"]] in words
        told = [*item["categorieen"], *item["artikelen"], (item["doel"] or "").replace("-", " ")]
        assert [one for one in told if one not in words] == []
        assert (NOTHING_GIVEN in words) == (item["categorieen"] == [])


def seen(space: RunningSpace, key: str, **asked: Any) -> list[dict[str, Any]]:
    answer = looks(space, key, **asked)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def ask_noor(space: RunningSpace, **headers: str) -> httpx.Response:
    return space.post(AHOVOKS, CARE, ASK, X_Magda_Enduser_ID=CLERK, **headers)


# --- one look --------------------------------------------------------------------------------


def test_a_look_is_told_as_the_contract_has_it_and_proves_itself(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)
    decision = ask_noor(space).headers["sim-decision"]

    (one,) = seen(space, "noor")

    assert one == {
        "wanneer": "2025-03-10T08:00:00.000+01:00", "soort": "bevraging", "afnemer": AHOVOKS,
        "bron": "opgroeien",
        "categorieen": ["rijksregisternummer", "punten van pijler 1", "begin van de erkenning",
                        "einde van de erkenning"],
        "doel": "studietoelage", "protocol": "004@1.0.0", "artikelen": one["artikelen"],
        "uitkomst": "verstrekt", "beslissing": decision, "bewijs": f"/log/proof/{decision}",
    }  # fmt: skip
    assert "art. 3" in one["artikelen"]
    proof = space.get(one["bewijs"])
    assert proof.status_code == 200
    assert proof.text.startswith("c2sp.org/tlog-proof@v1\n")


def test_who_was_refused_is_shown_with_nothing_given(space: RunningSpace) -> None:
    decision = ask_noor(space).headers["sim-decision"]
    stranger = space.post(VUTG, CARE, ASK).headers["sim-decision"]

    told = {one["beslissing"]: one for one in seen(space, "noor")}

    assert {one["uitkomst"] for one in told.values()} == {"geweigerd"}
    assert told[decision]["protocol"] == "004@1.0.0"
    assert (told[stranger]["afnemer"], told[stranger]["bron"]) == (VUTG, "opgroeien")
    assert all(one["categorieen"] == [] for one in told.values())


def test_an_answer_that_did_not_arrive_gave_nothing(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)
    decision = ask_noor(space).headers["sim-decision"]
    here = space.host.space
    lost = Event(EventKind.NOT_DELIVERED, here.clock.now(), here.key, {"decision": decision})
    here.gateway.log.append_all([lost.entry()])

    (one,) = seen(space, "noor")

    assert (one["uitkomst"], one["categorieen"]) == ("niet afgeleverd", [])


def test_of_derived_advice_the_look_behind_it_shows_too(space: RunningSpace) -> None:
    answer = space.post("avsb", ADVICE, {"insz": AMINA, "openingsdatum": "2025-03-10"})

    given, behind = seen(space, "amina")

    assert given["beslissing"] == answer.headers["sim-decision"]
    assert (given["soort"], given["afnemer"]) == ("bevraging", "avsb")
    assert (behind["soort"], behind["afnemer"], behind["bron"]) == (
        "bronbevraging",
        "magda",
        "agii",
    )


def test_registering_shows_nobody_anything(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)
    space.post(AHOVOKS, "/v1/auditlogging/bevraging", {"insz": NOOR})

    assert seen(space, "noor") == []


# --- whose -----------------------------------------------------------------------------------


def test_a_parent_sees_a_minor_child_and_each_sees_themselves(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)
    ask_noor(space)

    assert log_in(space, "sofie")[1] == ["sofie", "noor"]
    assert log_in(space, "noor")[1] == ["noor"]
    assert log_in(space, "karim")[1] == ["karim"]
    assert seen(space, "sofie", voor="noor") == seen(space, "noor") != []
    assert seen(space, "sofie") == []


@pytest.mark.parametrize(
    ("clock", "sees"),
    [
        ("2030-03-13T23:59:00+01:00", ["sofie", "noor"]),
        ("2030-03-14T00:00:00+01:00", ["sofie"]),
    ],
)
def test_the_eighteenth_birthday_ends_it(space: RunningSpace, sees: list[str]) -> None:
    assert log_in(space, "sofie")[1] == sees
    assert looks(space, "sofie", voor="noor").status_code == (200 if "noor" in sees else 403)


@pytest.mark.parametrize("voor", ["karim", "noor", "nobody", "12631400209"])
def test_anybody_else_is_refused_in_the_same_words_and_that_is_entered(
    space: RunningSpace, voor: str
) -> None:
    answer = (
        looks(space, "karim", voor=voor) if voor != "karim" else looks(space, "noor", voor=voor)
    )

    problem = answer.json()
    assert (answer.status_code, problem["reason"], problem["code"]) == (
        403,
        "sender-mismatch",
        "20005",
    )
    assert "neither the citizen who asks" in problem["detail"]
    assert (answer.headers["sim-decision"], answer.headers["sim-protocol"]) == ("D-1", "platform")
    (entry,) = space.leaves()
    assert (entry["e"], entry["outcome"], entry["reasons"]) == (
        "audit.read",
        "refusal",
        ["sender-mismatch"],
    )


def test_only_a_citizen_with_a_log_in_that_counts_reads(space: RunningSpace) -> None:
    token = space.credential(AHOVOKS)["token"]

    told = [
        space.get(LOOKS),
        space.get(LOOKS, Authorization=f"Bearer {token}"),
        space.get(LOOKS, Authorization="Bearer nothing"),
    ]

    assert [one.status_code for one in told] == [401, 401, 401]
    assert [one.json()["reason"] for one in told] == [
        "credential-missing",
        *["credential-invalid"] * 2,
    ]
    assert [leaf["e"] for leaf in space.leaves()] == ["audit.read"] * 3


def test_a_log_in_ends_with_its_term() -> None:
    now = [0.0]
    logins = CitizenLogins(lambda: now[0])
    first, other = logins.open("noor"), logins.open("sofie")
    assert (logins.who(first), logins.who(other)) == ("noor", "sofie")

    logins.close(other)
    assert logins.who(other) is None
    now[0] = LIFETIME_S
    assert logins.who(first) is None


def test_a_log_in_ends_with_its_space(space: RunningSpace) -> None:
    token, _ = log_in(space, "noor")
    space.control("POST", "/reset", {})

    assert space.get(LOOKS, Authorization=f"Bearer {token}").status_code == 401


def test_nobody_logs_in_without_the_control_token_or_as_nobody(space: RunningSpace) -> None:
    assert space.post(None, "/_sim/personas/noor/login", {}).status_code == 401
    assert space.control("POST", "/personas/nobody/login").status_code == 404


def test_who_got_another_number_sees_what_was_seen_under_either(space: RunningSpace) -> None:
    space.register(INFINO, OSCAR, OSCAR_NOW)
    decisions = [
        space.post(INFINO, TRANSACTIONS, {"insz": number}).headers["sim-decision"]
        for number in (OSCAR, OSCAR_NOW)
    ]

    assert sorted(one["beslissing"] for one in seen(space, "oscar")) == sorted(decisions)


# --- the look itself -------------------------------------------------------------------------


def test_a_look_into_the_log_is_entered_and_names_nobody(space: RunningSpace) -> None:
    answer = looks(space, "sofie", voor="noor")

    assert answer.headers["cache-control"] == "no-store"
    assert (answer.headers["sim-decision"], answer.headers["sim-protocol"]) == ("D-1", "platform")
    (entry,) = space.leaves()
    assert {name: entry[name] for name in ("e", "reader", "outcome", "protocol")} == {
        "e": "audit.read", "reader": "citizen", "outcome": "permit", "protocol": "platform",
    }  # fmt: skip
    assert not any(word in json.dumps(entry) for word in (NOOR, SOFIE, "noor", "sofie"))
    assert json.loads(private_words(space)[0]) == {"actor": SOFIE, "insz": [NOOR]}
    assert seen(space, "noor") == []
    assert space.verify().ok


def private_words(space: RunningSpace) -> Sequence[bytes]:
    with closing(sqlite3.connect(Path(space.ready["data"]) / "log.db")) as log:
        return [words for (words,) in log.execute("SELECT words FROM private ORDER BY position")]


def test_no_clerk_case_reference_value_or_other_person_is_told(space: RunningSpace) -> None:
    space.register(VUTG, KARIM, ELIF)
    space.post(
        VUTG, TRANSACTIONS, {"insz": KARIM}, Sim_Purpose="rechtentoekenning", Sim_Case="Z-17",
        X_Magda_Enduser_ID=CLERK, x_correlation_id="11111111-1111-4111-8111-111111111111",
    )  # fmt: skip
    space.upload(f"{FLOW}_2025-03-10.json", a_batch(KARIM, ELIF))

    told = looks(space, "karim").text

    assert len(json.loads(told)["items"]) >= 2
    for word in (CLERK, "Z-17", "1111-4111", "600.00", KARIM, ELIF):
        assert word not in told


# --- which -----------------------------------------------------------------------------------


@pytest.fixture
def busy(space: RunningSpace) -> RunningSpace:
    """Noor was asked about twice a day, by a unit that may and one that may not, for three days."""
    space.register(AHOVOKS, NOOR)
    for _ in range(3):
        ask_noor(space)
        space.post(VUTG, CARE, ASK)
        space.control("POST", "/clock/advance", {"days": 1})
    return space


def test_they_come_newest_first_and_by_period_and_agency(busy: RunningSpace) -> None:
    everything = seen(busy, "noor")
    days = [one["wanneer"][:10] for one in everything]

    assert days == ["2025-03-12"] * 2 + ["2025-03-11"] * 2 + ["2025-03-10"] * 2
    assert seen(busy, "noor", van="2025-03-11", tot="2025-03-11") == everything[2:4]
    assert [one["afnemer"] for one in seen(busy, "noor", afnemer=VUTG)] == [VUTG] * 3
    assert [one["afnemer"] for one in seen(busy, "noor", afnemer="ahovoks")] == [AHOVOKS] * 3
    assert seen(busy, "noor", afnemer="infino") == []


def test_pages_follow_one_another_without_gap_or_double(busy: RunningSpace) -> None:
    whole = seen(busy, "noor", tot="2025-03-12")
    token, _ = log_in(busy, "noor")
    headers = {"Authorization": f"Bearer {token}"}
    found, place = [], f"{LOOKS}?aantal=4&tot=2025-03-12"
    while place:
        answer = busy.get(place, **headers)
        found.append(answer.json()["items"])
        place = answer.links.get("next", {}).get("url", "")

    assert [len(page) for page in found] == [4, 2]
    assert [one for page in found for one in page] == whole


@pytest.mark.parametrize(
    "asked", ["aantal=0", "aantal=1001", "van=soon", "na=7", "insz=1", "tot=2025-02-30"]
)
def test_what_is_asked_otherwise_is_refused_by_name(space: RunningSpace, asked: str) -> None:
    token, _ = log_in(space, "noor")

    answer = space.get(f"{LOOKS}?{asked}", Authorization=f"Bearer {token}")

    assert (answer.status_code, answer.json()["reason"]) == (400, "message-invalid")
    assert answer.json()["issues"][0]["in"] == "query"


# --- all of it -------------------------------------------------------------------------------

PERSONAS = {
    "noor": {NOOR}, "sofie": {SOFIE}, "lukas": {LUKAS}, "karim": {KARIM}, "elif": {ELIF},
    "amina": {AMINA}, "zara": {ZARA}, "bram": {BRAM}, "ines": {INES}, "oscar": {OSCAR, OSCAR_NOW},
}  # fmt: skip


class OpenedLog:
    """The log with all its private rows, read as plainly as can be: no index, no code of the gateway."""

    def __init__(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as log:
            rows = log.execute(
                "SELECT entry.position, leaf, words, subjects FROM entry LEFT JOIN private USING (position)"
            ).fetchall()
        self.leaves = {position: json.loads(leaf) for position, leaf, _, _ in rows}
        self.people = {
            position: set(people_in(words, packed)) for position, _, words, packed in rows
        }

    def about(self, numbers: set[str]) -> dict[str, str]:
        """Each sighting of a person, and what became of it."""
        return {
            f"D-{position}": self.outcome(position, leaf)
            for position, leaf in self.leaves.items()
            if self.people_of(position, leaf) & numbers and shows(leaf)
        }

    def people_of(self, position: int, leaf: dict[str, Any]) -> set[str]:
        if leaf["e"] == "file.redelivered":
            return self.people[int(leaf["decision"][2:])]
        return self.people[position]

    def outcome(self, position: int, leaf: dict[str, Any]) -> str:
        if leaf.get("outcome") == "refusal" or leaf.get("identified") is False:
            return "geweigerd"
        lost = any(
            one["e"] == "not-delivered" and one["decision"] == f"D-{position}"
            for one in self.leaves.values()
        )
        return "niet afgeleverd" if lost else "verstrekt"

    def told_to(self, unit: str, number: str) -> list[str]:
        """What a unit was told of somebody by that number: what GeefAuditLogging must say."""
        return [
            f"D-{position}"
            for position, leaf in self.leaves.items()
            if number in self.people[position]
            and leaf["e"] in ("decision", "file.delivered")
            and shows(leaf)
            and leaf["credential"] == unit
            and self.outcome(position, leaf) == "verstrekt"
        ]


def people_in(words: bytes | None, packed: bytes | None) -> Iterator[str]:
    if words:
        yield from json.loads(words)["insz"]
    for at in range(0, len(packed or b""), 8):
        yield f"{int.from_bytes((packed or b'')[at : at + 8], 'big'):011d}"


def shows(leaf: dict[str, Any]) -> bool:
    """Whether somebody saw something by it, or was refused: of the platform's own, nothing is seen."""
    if leaf["e"] in ("source.consulted", "file.delivered", "file.redelivered"):
        return True
    own = ("repertorium", "machtigingen", "auditlogging", "beschikbaarheid", "webservicestatus")
    return leaf["e"] == "decision" and leaf["flow"] not in own and (
        leaf["outcome"] == "refusal" or leaf.get("identified") is False or bool(leaf["fields"])
    )  # fmt: skip


def live(space: RunningSpace, random: Random) -> None:
    """Calls, refusals and faults of every kind, files, one of them twice, and an answer that got lost."""
    session = Session(space, random)
    space.register(INFINO, KARIM, ELIF, OSCAR)
    space.register(VUTG, KARIM)
    for _ in range(3):
        assert space.post(INFINO, TRANSACTIONS, {"insz": KARIM}).status_code == 200
    session.live(30)
    session.live_beside(6)
    day = str(space.control("GET", "/clock").json()["now"])[:10]
    space.upload(f"{FLOW}_{day}.json", a_batch(KARIM, ELIF, OSCAR, day=day))
    for number in (OSCAR, OSCAR_NOW):
        space.post(INFINO, TRANSACTIONS, {"insz": number})
    space.control("POST", "/clock/advance", {"days": 1})
    for _ in range(2):
        space.post("zele-financien", "/v1/gezin/betaalbestand/aanvragen", {})
    token = space.credential(INFINO)["token"]
    files = space.get("/v1/bestanden", Authorization=f"Bearer {token}").json()["bestanden"]
    for file in files:
        space.post(INFINO, f"/v1/bestanden/{file['bestand']}/herleveringen", b"")


def lose_something(space: RunningSpace) -> None:
    """An answer about karim that was given, it seemed, and did not arrive."""
    opened = OpenedLog(Path(space.ready["data"]) / "log.db")
    given = [
        decision
        for decision, outcome in opened.about({KARIM}).items()
        if outcome == "verstrekt" and opened.leaves[int(decision[2:])]["e"] == "decision"
    ]
    here = space.host.space
    lost = Event(EventKind.NOT_DELIVERED, here.clock.now(), here.key, {"decision": given[0]})
    here.gateway.log.append_all([lost.entry()])


@pytest.mark.parametrize("clock", [JUNE])
def test_after_a_random_life_everybody_sees_exactly_the_log_about_them(space: RunningSpace) -> None:
    live(space, Random(6))
    erased = erase_some(space, Random(6))
    lose_something(space)
    opened = OpenedLog(Path(space.ready["data"]) / "log.db")

    told = {
        key: {one["beslissing"]: one["uitkomst"] for one in seen(space, key, aantal=1000)}
        for key in PERSONAS
    }

    assert told == {key: opened.about(numbers) for key, numbers in PERSONAS.items()}
    for key in PERSONAS:
        assert_same(read(space, key), seen(space, key, aantal=1000))
    outcomes = [outcome for one in told.values() for outcome in one.values()]
    assert min(outcomes.count(one) for one in ("verstrekt", "geweigerd", "niet afgeleverd")) >= 1
    sorts = {one["soort"] for key in PERSONAS for one in seen(space, key, aantal=1000)}
    assert sorts == {"bevraging", "bronbevraging", "bestand", "herlevering"}
    assert not any(f"D-{position}" in one for one in told.values() for position in erased)
    audited = {
        (unit, number): audit(space, unit, number)
        for unit in (INFINO, VUTG, AHOVOKS, "avsb") for number in (KARIM, ELIF, NOOR, AMINA, OSCAR)
    }  # fmt: skip
    assert audited == {(unit, number): opened.told_to(unit, number) for unit, number in audited}
    assert space.verify().ok


def erase_some(space: RunningSpace, random: Random) -> set[int]:
    """Private rows that are gone: what they said is about nobody any more."""
    with closing(sqlite3.connect(Path(space.ready["data"]) / "log.db")) as log:
        positions = [position for (position,) in log.execute("SELECT position FROM private")]
        erased = set(random.sample(positions, len(positions) // 10))
        log.executemany("DELETE FROM private WHERE position = ?", [(one,) for one in erased])
        log.commit()
    return erased


def audit(space: RunningSpace, unit: str, number: str) -> list[str]:
    answer = space.post(unit, "/v1/auditlogging/bevraging", {"insz": number})
    if answer.status_code == 404:
        return []
    return [one["beslissing"] for one in answer.json()["auditloggings"]]
