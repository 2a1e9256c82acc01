"""The counter of 000 over plain HTTP: what a browser without script gets, and what nobody gets."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import httpx
import pytest

from gateway.contracts.reasons import Reason
from gateway.web.counter.words import LANGUAGES, TEXTS, told
from tests.people import AMINA, JORIS, NOBODY, SOFIE
from tests.running import RunningSpace
from tests.tls import client

ROOT = "/loket/jobbonus-dossier"
UNIT, CLERK = "dv-cc1700", "82722401041"
RIGHT = {"naam": "Verzonnen", "voornaam": "Joris", "bedrag": "437,50"}
VOID = {"meta", "link", "input", "br"}


class Outline(HTMLParser):
    """A page's elements; every one that is opened must be closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, Mapping[str, str | None]]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[Mapping[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag]


@contextmanager
def visiting(
    space: RunningSpace, unit: str | None = UNIT, login: str = "eid"
) -> Iterator[httpx.Client]:
    """A browser of an agent, signed in unless `unit` is `None`."""
    with httpx.Client(base_url=space.http, timeout=30, trust_env=False) as browser:
        if unit is not None:
            sent = {
                "bewijs": space.credential(unit)["token"],
                "gebruiker": CLERK,
                "aanmelding": login,
            }
            answer = browser.post(f"{ROOT}/aanmelden", data=sent)
            assert (answer.status_code, answer.headers["location"]) == (303, ROOT)
        yield browser


def note(browser: httpx.Client, person: str = JORIS) -> str:
    """Note a question; where its identification is."""
    body = {"insz": person, "vraag": "Waar blijft mijn bonus?", "kanaal": "telefoon"}
    answer = browser.post(f"{ROOT}/vragen", data=body)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def identify(browser: httpx.Client, place: str, **stated: str) -> httpx.Response:
    return browser.post(f"{place}/identificatie", data=stated)


def test_an_agent_notes_identifies_and_sees_file_and_letter(space: RunningSpace) -> None:
    with visiting(space) as browser:
        place = note(browser)
        form = browser.get(place)
        yes = identify(browser, place, **RIGHT, straat="", land=" ")
        seen = browser.get(yes.headers["location"])

    assert place == f"{ROOT}/vragen/V-1"
    assert "Vraagsteller identificeren" in form.text
    assert yes.headers["location"] == f"{place}/dossier"
    for words in (
        "Verzonnen", JORIS, "Korenmarkt 3, 9000 Gent", "€ 2105,40", "€ 437,50", "niet geregistreerd",
        "brief verzonden", "Brief van 15 januari 2025", "08:15:00", "15 minuten over",
        "000@1.0.0", seen.headers["sim-decision"],
    ):  # fmt: skip
        assert words in seen.text, words
    assert [leaf.get("step") for leaf in space.leaves()] == ["question", "identification", None]
    assert {leaf["channel"] for leaf in space.leaves()} == {"page"}
    assert JORIS not in json.dumps(space.leaves())
    assert space.verify().ok


def test_what_is_left_counts_down_and_then_it_is_gone(space: RunningSpace) -> None:
    with visiting(space) as browser:
        place = note(browser)
        identify(browser, place, **RIGHT)
        minutes, refreshes = [], []
        for _ in range(2):
            page = browser.get(f"{place}/dossier")
            minutes.append(next(n for n in (15, 1) if f"{n} minu" in page.text))
            refreshes += [m["content"] for m in Outline(page.text).all("meta") if "http-equiv" in m]
            space.control("POST", "/clock/advance", {"seconds": 859})
        gone = browser.get(f"{place}/dossier")
        after = browser.get(f"{place}?inzage=voorbij")

    assert minutes == [15, 1]
    assert refreshes == [f"{left}; url={place}?inzage=voorbij" for left in (900, 41)]
    assert gone.status_code == 403
    assert "De inzage is voorbij" in gone.text
    assert "De inzage is voorbij" in after.text
    for page in (gone, after):
        assert not any(word in page.text for word in ("Verzonnen", JORIS, "437", "Korenmarkt"))


def test_every_no_is_the_same_page_to_the_byte(space: RunningSpace) -> None:
    nos: tuple[tuple[str, dict[str, str]], ...] = (
        (JORIS, {**RIGHT, "bedrag": "437,51"}),
        (JORIS, {**RIGHT, "naam": "Anders"}),
        (JORIS, {"bedrag": "437,50"}),
        (JORIS, {"naam": "Verzonnen", "voornaam": "Joris"}),
        (JORIS, {}),
        (SOFIE, {"naam": "Voorbeeld", "voornaam": "Sofie", "bedrag": "600"}),
        (AMINA, RIGHT),
        (NOBODY, RIGHT),
    )
    pages = set()
    with visiting(space) as browser:
        for person, stated in nos:
            place = note(browser, person)
            answer = identify(browser, place, **stated)
            pages.add((answer.status_code, answer.text.replace(place.rpartition("/")[2], "V-x")))
            assert browser.get(f"{place}/dossier").status_code == 403

    assert len(pages) == 1
    assert "De vraagsteller is niet geïdentificeerd" in pages.pop()[1]


def test_three_failures_close_the_question(space: RunningSpace) -> None:
    with visiting(space) as browser:
        place = note(browser)
        for _ in range(3):
            assert identify(browser, place, naam="Anders", bedrag="1").status_code == 200
        late = identify(browser, place, **RIGHT)

    assert late.status_code == 403
    assert "Deze vraag is gesloten" in late.text
    assert [leaf.get("identified") for leaf in space.leaves()] == [None, False, False, False, None]


@pytest.mark.parametrize(
    ("unit", "login", "words"),
    [
        ("dv-diensten", "eid", "Uw dienst heeft geen toegang"),
        ("infino", "eid", "Uw dienst heeft geen toegang"),
        ("dv-cc1700-onopgeleid", "eid", "De opleiding over de jobbonus ontbreekt"),
        (UNIT, "password", "De aanmelding is niet sterk genoeg"),
    ],
)
def test_who_may_not_look_cannot_even_note_a_question(
    shared_space: RunningSpace, unit: str, login: str, words: str
) -> None:
    before = len(shared_space.leaves())
    with visiting(shared_space, unit, login) as browser:
        answer = browser.post(
            f"{ROOT}/vragen", data={"insz": JORIS, "vraag": "?", "kanaal": "chat"}
        )

    assert answer.status_code == 403
    assert words in answer.text
    assert answer.headers["sim-decision"] in answer.text
    (leaf,) = shared_space.leaves()[before:]
    assert (leaf["channel"], leaf["outcome"]) == ("page", "refusal")


def test_whom_nobody_knows_does_not_come_in_and_is_entered(space: RunningSpace) -> None:
    with visiting(space, None) as browser:
        wrong = browser.post(f"{ROOT}/aanmelden", data={"bewijs": "x", "gebruiker": CLERK})
        without = browser.post(
            f"{ROOT}/vragen", data={"insz": JORIS, "vraag": "?", "kanaal": "chat"}
        )
        forms = [browser.get(path) for path in (ROOT, f"{ROOT}/vragen/V-1")]
        file = browser.get(f"{ROOT}/vragen/V-1/dossier")

    assert [one.status_code for one in (wrong, without, file)] == [401, 401, 401]
    assert "loket-bewijs" not in wrong.headers["set-cookie"]
    assert all("Toegangsbewijs" in page.text for page in (wrong, without, *forms, file))
    assert [leaf["reasons"] for leaf in space.leaves()] == [
        ["credential-invalid"], ["credential-missing"], ["credential-missing"],
    ]  # fmt: skip


def test_the_token_and_the_agent_are_kept_out_of_reach(shared_space: RunningSpace) -> None:
    sent = {
        "bewijs": shared_space.credential(UNIT)["token"],
        "gebruiker": CLERK,
        "aanmelding": "eid",
    }
    with visiting(shared_space, None) as browser:
        answer = browser.post(f"{ROOT}/aanmelden", data=sent)
        left = browser.post(f"{ROOT}/afmelden")
        after = browser.get(ROOT)

    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 4
    for cookie in cookies:
        assert {"HttpOnly", "SameSite=Strict", "Path=/loket"} <= set(cookie.split("; "))
        assert "Expires" not in cookie
    ended = [one for one in left.headers.get_list("set-cookie") if "Max-Age=0" in one]
    assert {one.partition("=")[0] for one in ended} == {"loket-bewijs", "loket-wie", "loket-hoe"}
    assert "Toegangsbewijs" in after.text


def test_over_https_a_certificate_is_enough_and_cookies_are_secure(space: RunningSpace) -> None:
    with client(space, UNIT) as browser:
        entered = browser.post(
            f"{ROOT}/aanmelden", data={"bewijs": "", "gebruiker": CLERK, "aanmelding": "eid"}
        )
        place = note(browser)
        seen = browser.get(identify(browser, place, **RIGHT).headers["location"])
    with client(space, "infino") as other:
        theirs = {"bewijs": space.credential(UNIT)["token"], "gebruiker": CLERK}
        mixed = other.post(f"{ROOT}/aanmelden", data=theirs)

    assert all("; Secure" in cookie for cookie in entered.headers.get_list("set-cookie"))
    assert "Korenmarkt" in seen.text
    assert mixed.status_code == 401


@pytest.mark.parametrize("agent", ["", "1", "8272240104a", "827224010411"])
def test_an_agent_is_named_by_eleven_digits(shared_space: RunningSpace, agent: str) -> None:
    token = shared_space.credential(UNIT)["token"]
    with visiting(shared_space, None) as browser:
        answer = browser.post(f"{ROOT}/aanmelden", data={"bewijs": token, "gebruiker": agent})

    assert answer.status_code == 400
    assert "loket-bewijs" not in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/vragen", "insz=61673000371&vraag=x", 400),
        ("/vragen", "insz=61673000371&vraag=x&kanaal=chat&meer=1", 400),
        ("/vragen", "insz=61673000371&insz=1&vraag=x&kanaal=chat", 400),
        ("/vragen", "insz=61673000372&vraag=x&kanaal=chat", 400),
        ("/vragen", "insz=85020100023&vraag=x&kanaal=chat", 400),
        ("/vragen", b"\xff\xfe", 400),
        ("/vragen/V-1/identificatie", "naam=" + "x" * 121, 400),
        ("/vragen/V-1/identificatie", "hobby=zeilen", 400),
        ("/vragen/V-77/identificatie", "naam=x", 403),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_form_is_told_so_and_repeats_nothing(
    shared_space: RunningSpace, path: str, body: str | bytes, status: int
) -> None:
    with visiting(shared_space) as browser:
        answer = browser.post(ROOT + path, content=body)

    assert answer.status_code == status
    assert Outline(answer.text).all("h1")
    assert "Fout" in answer.text
    assert not any(one in answer.text for one in ("61673000371", "85020100023", "zeilen"))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_000_08_a_file_can_be_looked_into_and_not_changed(space: RunningSpace, method: str) -> None:
    with visiting(space) as browser:
        place = note(browser)
        identify(browser, place, **RIGHT)
        answer = browser.request(method, f"{place}/dossier", content="bedrag=1")

    assert answer.status_code == 405
    assert space.leaves()[-1]["reasons"] == ["read-only"]


def test_another_sites_form_gets_nowhere(space: RunningSpace) -> None:
    token = space.credential(UNIT)["token"]
    elsewhere = {"Origin": "https://elders.example"}
    with visiting(space) as browser:
        body = {"insz": JORIS, "vraag": "?", "kanaal": "chat"}
        forged = browser.post(f"{ROOT}/vragen", data=body, headers=elsewhere)
        own = browser.post(f"{ROOT}/vragen", data=body, headers={"Origin": space.http})
        left = browser.post(f"{ROOT}/afmelden", headers=elsewhere)
        said = {"bewijs": token, "gebruiker": CLERK}
        signed_in = browser.post(f"{ROOT}/aanmelden", data=said, headers=elsewhere)

    assert (forged.status_code, own.status_code, signed_in.status_code) == (401, 303, 401)
    assert "Max-Age" not in left.headers["set-cookie"]


def test_a_header_is_no_substitute_for_signing_in(shared_space: RunningSpace) -> None:
    """Else a page of ours could be used with words that the agent did not choose."""
    token = shared_space.credential(UNIT)["token"]
    headers = {"Authorization": f"Bearer {token}", "X-Magda-Enduser-ID": CLERK}
    with visiting(shared_space, None) as browser:
        answer = browser.post(
            f"{ROOT}/vragen", data={"insz": JORIS, "vraag": "?", "kanaal": "chat"}, headers=headers
        )

    assert answer.status_code == 401


def pages_of_a_visit(space: RunningSpace, language: str) -> list[httpx.Response]:
    """Every kind of page, in a language."""
    with visiting(space, None) as browser:
        browser.get(f"{ROOT}/taal/{language}")
        pages = [browser.get(ROOT)]
        sent = {"bewijs": space.credential(UNIT)["token"], "gebruiker": CLERK, "aanmelding": "eid"}
        browser.post(f"{ROOT}/aanmelden", data=sent)
        place = note(browser)
        pages += [browser.get(ROOT), browser.get(place), browser.get(f"{place}/dossier")]
        pages.append(identify(browser, place, naam="Anders", bedrag="1"))
        identify(browser, place, **RIGHT)
        return [*pages, browser.get(f"{place}/dossier")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_runs_a_script_is_kept_or_leaves_a_field_without_name(
    shared_space: RunningSpace, language: str
) -> None:
    for page in pages_of_a_visit(shared_space, language):
        outline = Outline(page.text)
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["content-security-policy"].startswith(
            "default-src 'none'; style-src 'self'"
        )
        assert page.headers["x-frame-options"] == "DENY"
        assert not {"script", "style", "iframe", "img"} & {tag for tag, _ in outline.found}
        assert not any(
            name.startswith("on") or name == "style" for _, a in outline.found for name in a
        )
        assert outline.all("html") == [{"lang": language}]
        assert len(outline.all("h1")) == 1
        labelled = {label["for"] for label in outline.all("label")}
        fields = [f for kind in ("input", "select", "textarea") for f in outline.all(kind)]
        assert {field["id"] for field in fields} == labelled
        ids = [attrs["id"] for _, attrs in outline.found if "id" in attrs]
        assert len(ids) == len(set(ids))
        described = {a["aria-describedby"] for _, a in outline.found if "aria-describedby" in a}
        assert described <= set(ids)


def test_every_page_takes_turns_so_that_no_browser_keeps_the_last_one(
    shared_space: RunningSpace,
) -> None:
    with visiting(shared_space) as browser:
        turns = []
        for path in (ROOT, f"{ROOT}/vragen/V-1", ROOT, f"{ROOT}/vragen/V-1/dossier", ROOT):
            browser.get(path)
            turns.append(browser.cookies["loket-beurt"])

    assert all(one != other for one, other in pairwise(turns))


def test_the_style_comes_from_here(shared_space: RunningSpace) -> None:
    style = shared_space.get("/loket/loket.css")

    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "@media print" in style.text


def test_the_language_changes_in_place_and_leads_nowhere_else(shared_space: RunningSpace) -> None:
    with visiting(shared_space) as browser:
        place = note(browser)
        identify(browser, place, **RIGHT)
        file = browser.get(f"{place}/dossier").text
        link = next(a["href"] for a in Outline(file).all("a") if a.get("hreflang") == "en")
        switched = browser.get(link or "")
        english = browser.get(switched.headers["location"])
        away = [
            browser.get(f"{ROOT}/taal/en", params={"naar": naar}).headers["location"]
            for naar in (
                "//elders.example",
                "https://elders.example",
                "/../../v1",
                "\r\nSet-Cookie: a=b",
            )
        ]

    assert switched.headers["location"] == f"{place}/dossier"
    assert "€437.50" in english.text
    assert "Letter of 15 January 2025" in english.text
    assert set(away) == {ROOT}


def test_what_a_file_holds_is_text_and_never_markup(space: RunningSpace) -> None:
    world = space.host.space.world
    joris = world.find(JORIS)
    assert joris is not None
    assert joris.jobbonus is not None
    hostile = "<script>alert(1)</script>&\"'\x00"
    world._people[JORIS] = replace(joris, jobbonus=replace(joris.jobbonus, sum=hostile))
    with visiting(space) as browser:
        place = note(browser)
        page = browser.get(identify(browser, place, **RIGHT).headers["location"]).text
        strange = browser.get(f"{ROOT}/vragen/%3Cscript%3E").text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;" in page
    assert "<script" not in page + strange
    assert Outline(page).all("h1")


def test_both_languages_have_every_text() -> None:
    assert set(TEXTS) == set(LANGUAGES)
    assert TEXTS["nl"].keys() == TEXTS["en"].keys()
    assert all(told(reason, language).title for reason in Reason for language in LANGUAGES)
