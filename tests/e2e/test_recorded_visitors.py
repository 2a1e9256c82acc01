"""Tokens over OAuth, certificates, the counter and citizens: recorded without what opens a door, and played with own."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from consumers.wire_sftp import SftpClient
from tests.assertions import good, public_pem, shown, token_of
from tests.people import JORIS, KARIM, NOOR
from tests.recording import lines_of, record, run
from tests.running import CARE, FLOW, REGISTER, START, TRANSACTIONS, RunningSpace
from tests.tls import client
from tests.waiting import eventually

AHOVOKS, COUNTER, INFINO, KIDSLIFE = "ahovoks-studietoelagen", "dv-cc1700", "infino", "kidslife"
LOKET, CLERK = "/loket/jobbonus-dossier", "82722401041"
RIGHT = {"naam": "Verzonnen", "voornaam": "Joris", "bedrag": "437,50"}
BEGIN = {"insz": KARIM, "periode": {"begin": START, "einde": None}}


@pytest.fixture
def space(shared_space: RunningSpace) -> RunningSpace:
    """The default space of one process, fresh."""
    shared_space.begin_anew()
    return shared_space


def browser(space: RunningSpace) -> httpx.Client:
    return httpx.Client(base_url=space.http, timeout=30, trust_env=False)


def stopped(space: RunningSpace) -> Path:
    return Path(json.loads(record(space, "stop", "--json").stdout)["file"])


def replayed(file: Path) -> Mapping[str, Any]:
    told = run("replay", str(file), "--json")
    found: Mapping[str, Any] = json.loads(told.stdout)
    assert (told.exit_code == 0) is found["equal"]
    return found


def assert_equal(file: Path) -> None:
    found = replayed(file)
    assert (found["first"], found["not_played"]) == (None, [])
    assert (found["equal"], found["same"]) == (True, len(lines_of(file)) - 1)


def looks(space: RunningSpace, token: str, http: httpx.Client | None = None) -> int:
    """What becomes of a question with this token."""
    with http or browser(space) as asking:
        return asking.post(TRANSACTIONS, json={"insz": KARIM}, headers=shown(token)).status_code


def about(space: RunningSpace, path: str, token: str, unit: str = INFINO) -> httpx.Response:
    """Ask at an OAuth door about a token."""
    draft = good(space, unit, aud=f"{space.http}{path}")
    draft.form = {"token": token}
    return draft.send(path)


def test_tokens_are_got_used_looked_at_and_given_up_again(space: RunningSpace) -> None:
    record(space, "start", "tokens")
    first, second = token_of(space), token_of(space)
    other = token_of(space, KIDSLIFE)
    assert httpx.post(space.http + REGISTER, json=BEGIN, headers=shown(first)).status_code == 200
    assert [looks(space, one) for one in (first, second, other)] == [200, 200, 403]
    assert about(space, "/oauth/introspect", first).json()["active"] is True
    assert about(space, "/oauth/introspect", other).json() == {"active": False}
    assert about(space, "/oauth/revoke", first).status_code == 200
    assert [looks(space, one) for one in (first, second)] == [401, 200]
    assert about(space, "/oauth/introspect", first).json() == {"active": False}
    assert about(space, "/oauth/introspect", space.credential(INFINO)["token"]).status_code == 200
    again = good(space)
    assert [again.send().status_code for _ in range(2)] == [200, 401]
    for wrong in (
        {"exp": 1},
        {"aud": "https://elsewhere.example"},
        {"jti": None},
        {"iss": "nobody"},
    ):
        assert good(space, **wrong).send().status_code == 401
    stranger = good(space)
    stranger.key = generate_private_key(SECP256R1())
    assert stranger.send().status_code == 401
    unsupported = good(space)
    unsupported.form = {"grant_type": "password", "client_secret": "open-sesame-4711"}
    assert unsupported.send().status_code == 401
    targeted = good(space)
    targeted.form |= {"resource": f"{space.http}/v1", "scope": "magda_read"}
    assert targeted.send().json()["scope"] == "magda_read"
    assert httpx.get(f"{space.http}/oauth/token").status_code == 405
    file = stopped(space)

    text = file.read_text("utf-8")
    assert [
        one for one in (first, second, other, again.compact, "eyJ", "sesame") if one in text
    ] == []
    assert {"infino#1", "infino#2", "kidslife#3"} <= {line.get("by") for line in lines_of(file)}
    assert_equal(file)


def test_what_is_bound_to_a_certificate_is_played_with_the_same_one(space: RunningSpace) -> None:
    record(space, "start", "bound")
    with client(space, INFINO) as own, client(space, KIDSLIFE) as foreign:
        bound = token_of(space, http=own)
        alone = {"grant_type": "client_credentials", "client_id": "magda-sim-infino"}
        assert own.post("/oauth/token", data=alone).status_code == 200
        asked = [http.post(TRANSACTIONS, json={"insz": KARIM}, headers=shown(bound)).status_code
                 for http in (own, foreign)]  # fmt: skip
        assert own.post(TRANSACTIONS, json={"insz": KARIM}).status_code == 403
    assert (asked, looks(space, bound)) == ([403, 401], 401)
    file = stopped(space)

    assert bound not in file.read_text("utf-8")
    assert {line["certificate"]["of"] for line in lines_of(file) if "certificate" in line} == {
        INFINO, KIDSLIFE,
    }  # fmt: skip
    assert_equal(file)


def counter_day(space: RunningSpace, token: str) -> None:
    """An agent at the counter: a file that is seen, and refusals."""
    sent = {"bewijs": token, "gebruiker": CLERK, "aanmelding": "eid"}
    with browser(space) as page:
        assert page.get(LOKET).status_code == 200
        assert page.post(f"{LOKET}/aanmelden", data=sent).status_code == 303
        asked = {"insz": JORIS, "vraag": "Waar blijft mijn bonus?", "kanaal": "telefoon"}
        place = page.post(f"{LOKET}/vragen", data=asked).headers["location"]
        wrong = page.post(f"{place}/identificatie", data=RIGHT | {"bedrag": "1,00"})
        assert wrong.status_code == 200
        seen = page.post(f"{place}/identificatie", data=RIGHT)
        assert "€ 2105,40" in page.get(seen.headers["location"]).text
        page.get(f"{LOKET}/taal/en")
        assert "Korenmarkt" in page.get(seen.headers["location"]).text
        space.control("POST", "/clock/advance", {"seconds": 901})
        assert page.get(seen.headers["location"]).status_code == 403
        page.post(f"{LOKET}/afmelden")
        assert page.get(seen.headers["location"]).status_code == 401
        assert (
            page.post(f"{LOKET}/aanmelden", data=sent | {"bewijs": "made-up-4711"}).status_code
            == 401
        )
        sibling = {"Origin": "https://elsewhere.example"}
        assert page.post(f"{LOKET}/aanmelden", data=sent, headers=sibling).status_code == 401


def test_a_day_at_the_counter_comes_out_the_same(space: RunningSpace) -> None:
    record(space, "start", "counter")
    token = space.credential(COUNTER)["token"]
    counter_day(space, token)
    over_oauth = token_of(space, COUNTER)
    counter_day(space, over_oauth)
    file = stopped(space)

    lines = lines_of(file)
    text = file.read_text("utf-8")
    assert [one for one in (token, over_oauth, "made-up-4711") if one in text] == []
    jars = {line.get("cookies", {}).get("loket-bewijs") for line in lines}
    assert jars == {None, COUNTER, f"{COUNTER}#1"}
    assert {line.get("origin") for line in lines} == {None, "elsewhere"}
    assert_equal(file)
    seen = next(n for n, line in enumerate(lines) if line.get("path", "").endswith("/dossier"))
    lines[seen]["cookies"]["loket-bewijs"] = INFINO
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    assert "answer.status" in replayed(file)["first"]["members"]


def test_citizens_look_again_on_the_page_and_over_json(space: RunningSpace) -> None:
    record(space, "start", "citizens")
    space.register(AHOVOKS, NOOR)
    space.post(AHOVOKS, CARE, {"insz": NOOR, "referentiedatum": START})
    login = space.control("POST", "/personas/sofie/login").json()["token"]
    seen = space.get("/mijn/raadplegingen?voor=noor", Authorization=f"Bearer {login}")
    assert [one["uitkomst"] for one in seen.json()["items"]] == ["verstrekt"]
    assert (
        space.get("/mijn/raadplegingen?voor=karim", Authorization=f"Bearer {login}").status_code
        == 403
    )
    assert space.get("/mijn/raadplegingen").status_code == 401
    assert space.get(f"/mijn/raadplegingen?t={login}").status_code == 401
    with browser(space) as page:
        assert page.post("/mijn/aanmelden", data={"persona": "noor"}).status_code == 303
        cookie = page.cookies["mijn-bewijs"]
        assert "punten van pijler 1" in page.get("/mijn").text
        page.get("/mijn/taal/en")
        assert "points of pillar 1" in page.get("/mijn?van=2025-03-10").text
        assert page.get("/mijn?van=never").status_code == 400
        assert page.post("/mijn/aanmelden", data={"persona": "nobody"}).status_code == 401
        assert page.post("/mijn/afmelden").status_code == 303
        page.cookies.set("mijn-bewijs", cookie)
        assert "points of pillar 1" not in page.get("/mijn").text
    file = stopped(space)

    text = file.read_text("utf-8")
    assert [one for one in (login, cookie) if one in text] == []
    assert {"citizen:noor", "stranger"} <= {
        line.get("cookies", {}).get("mijn-bewijs") for line in lines_of(file)
    }
    assert_equal(file)


def test_pages_of_a_space_behind_a_prefix_are_those_of_one_at_the_root(space: RunningSpace) -> None:
    further = RunningSpace(space.host, space.control("POST", "/spaces", {"id": "t1"}).json())
    record(further, "start", "pages")
    with browser(space) as page:
        assert page.post("/spaces/t1/mijn/aanmelden", data={"persona": "noor"}).status_code == 303
        assert "/spaces/t1/mijn" in page.get("/spaces/t1/mijn").text
        assert page.get(f"/spaces/t1{LOKET}").status_code == 200
    assert token_of(further)

    assert_equal(stopped(further))


def test_a_direct_call_to_a_source_is_refused_again(space: RunningSpace) -> None:
    record(space, "start", "direct")
    for key in ({}, {"sim-source-key": "0" * 64}):
        answer = httpx.post(
            f"{space.http}/bronnen/wewis/jobbonusplus-verrichtingen", json={}, headers=key
        )
        assert answer.status_code == 403
    file = stopped(space)

    assert "0" * 64 not in file.read_text("utf-8").replace(lines_of(file)[-1]["files"], "")
    assert_equal(file)


def test_what_cannot_be_played_is_told_one_by_one_and_is_not_called_equal(
    space: RunningSpace,
) -> None:
    own = generate_private_key(SECP256R1())
    record(space, "start", "gaps")
    keys = {"credential": INFINO, "key": public_pem(own).decode()}
    assert space.control("POST", "/keys/signing", keys).status_code == 201
    draft = good(space)
    draft.key = own
    assert draft.send().status_code == 200
    httpx.post(f"{space.http}/oauth/token", json={"client_assertion": draft.compact})
    with space.sftp("wewis") as provider:
        hand = provider._sftp.open(f"/in/{FLOW}/half.json.part", "w")
        hand.write(b"{")
        _cut(provider)
    eventually(lambda: space.leaves()[-1].get("outcome") == "broken")
    file = stopped(space)

    told = run("replay", str(file))

    lines = told.stdout.splitlines()
    rows = [line for line in lines if "was not played" in line]
    assert "POST /oauth/token: it is signed with a key that only its owner has" in rows[0]
    assert "POST /oauth/token: its body is no form" in rows[1]
    assert f"put /in/{FLOW}/half.json.part: the upload broke off" in rows[2]
    assert len(rows) == 3
    assert told.exit_code == 1
    assert "equal:" not in told.stdout.replace("not equal:", "")
    found = replayed(file)
    assert [row["n"] for row in found["not_played"]] == [int(row.split()[1]) for row in rows]
    assert found["equal"] is False
    assert draft.compact not in file.read_text("utf-8")


def test_with_nothing_different_and_something_left_out_it_is_not_equal(space: RunningSpace) -> None:
    record(space, "start", "one")
    space.post(INFINO, TRANSACTIONS, {"insz": KARIM})
    assert httpx.post(f"{space.http}{LOKET}/vragen", content=b"\xff").status_code == 401
    file = stopped(space)
    lines = [line for line in lines_of(file) if line["kind"] != "end"]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")

    told = run("replay", str(file))

    assert told.exit_code == 1
    assert told.stdout.splitlines()[-1] == "not equal: 1 events are the same, 1 were not played"


def _cut(provider: SftpClient) -> None:
    """Leave without a word, in the middle of a file."""
    provider._transport.sock.close()
