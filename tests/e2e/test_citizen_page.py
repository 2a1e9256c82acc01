"""The citizen's page in a real browser, without script: what a person reads, and what is not there."""

import contextlib
from collections.abc import Iterator

import httpx
import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from tests.browsing import a_browser, is_there, onwards, text
from tests.people import KARIM, NOOR, SOFIE
from tests.running import CARE, RunningSpace
from tests.waiting import eventually

pytestmark = [pytest.mark.timeout(180)]
BROWSER = (pytest.mark.needs("chromium"), pytest.mark.needs("chromedriver"))
AHOVOKS, VUTG, CLERK = "ahovoks-studietoelagen", "vutg-rechten", "82722401041"
ASK = {"insz": NOOR, "referentiedatum": "2024-12-31"}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One browser for all of them."""
    with a_browser(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.fixture
def asked(space: RunningSpace) -> tuple[RunningSpace, str, str]:
    """Noor's allowance was asked by a unit that may and by one that may not; the two decisions."""
    space.register(AHOVOKS, NOOR)
    given = space.post(AHOVOKS, CARE, ASK, X_Magda_Enduser_ID=CLERK).headers["sim-decision"]
    refused = space.post(VUTG, CARE, ASK).headers["sim-decision"]
    return space, given, refused


def sign_in(browser: Chrome, space: RunningSpace, name: str) -> None:
    browser.delete_all_cookies()
    browser.get(f"{space.http}/mijn")
    Select(browser.find_element(By.ID, "persona")).select_by_visible_text(name)
    onwards(browser, browser.find_element(By.CSS_SELECTOR, "main button").click)


@BROWSER[0]
@BROWSER[1]
def test_a_parent_reads_who_saw_a_childs_data_and_why(
    browser: Chrome, asked: tuple[RunningSpace, str, str]
) -> None:
    space, given, refused = asked
    sign_in(browser, space, "Sofie Voorbeeld (1980)")
    assert "Niemand zag iets" in text(browser)

    Select(browser.find_element(By.ID, "voor")).select_by_value("noor")
    onwards(browser, browser.find_element(By.CSS_SELECTOR, "main button").click)

    heads = [one.text for one in browser.find_elements(By.TAG_NAME, "h2")]
    assert [one.get_attribute("id") for one in browser.find_elements(By.TAG_NAME, "h2")] == [
        refused, given,
    ]  # fmt: skip
    assert heads == ["VUTG, rechten", "AHOVOKS, studietoelagen"]
    shown = text(browser)
    for words in ("als ouder mee met Noor Voorbeeld", "10 maart 2025, 08:00", "Opgroeien regie",
                  "punten van pijler 1", "studietoelage", "art. 3", "GeefZorgtoeslag 2.0",
                  "Er is niets meegedeeld", "geweigerd"):  # fmt: skip
        assert words in shown
    for hidden in (NOOR, SOFIE, CLERK, KARIM):
        assert hidden not in browser.page_source


@BROWSER[0]
@BROWSER[1]
def test_proof_and_agreement_are_links_that_work(
    browser: Chrome, asked: tuple[RunningSpace, str, str]
) -> None:
    space, given, _ = asked
    sign_in(browser, space, "Noor Voorbeeld (2012)")

    proof = browser.find_element(By.LINK_TEXT, given).get_attribute("href") or ""
    agreement = browser.find_element(By.PARTIAL_LINK_TEXT, "(004)").get_attribute("href") or ""

    assert httpx.get(proof, trust_env=False).text.startswith("c2sp.org/tlog-proof@v1\n")
    assert httpx.get(agreement, trust_env=False).json()["id"] == "004"


@BROWSER[0]
@BROWSER[1]
def test_it_is_done_with_the_keyboard_in_english_and_gone_after(
    browser: Chrome, asked: tuple[RunningSpace, str, str]
) -> None:
    sign_in(browser, asked[0], "Noor Voorbeeld (2012)")
    onwards(browser, lambda: browser.find_element(By.LINK_TEXT, "English").send_keys(Keys.ENTER))
    assert "points of pillar 1" in text(browser)
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en"

    out = browser.find_element(By.XPATH, "//button[text()='Sign out']")
    onwards(browser, lambda: out.send_keys(Keys.ENTER))
    browser.back()
    eventually(lambda: is_there(browser, By.ID, "persona"), 30)

    assert "AHOVOKS" not in browser.page_source


# --- what needs no browser -------------------------------------------------------------------


@contextlib.contextmanager
def visit(space: RunningSpace, **form: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=space.http, trust_env=False, timeout=30) as client:
        if form:
            assert client.post("/mijn/aanmelden", data=form).status_code == 303
        yield client


def test_pages_are_never_kept_and_run_nothing(space: RunningSpace) -> None:
    with visit(space, persona="noor") as client:
        page = client.get("/mijn")

    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert page.headers["sim-decision"] == "D-1"
    assert [leaf["e"] for leaf in space.leaves()] == ["audit.read"]


def test_somebody_elses_data_is_a_no_that_is_entered(space: RunningSpace) -> None:
    with visit(space, persona="karim") as client:
        page = client.get("/mijn", params={"voor": "noor"})

    assert page.status_code == 403
    assert "niet uw gegevens" in page.text
    (entry,) = space.leaves()
    assert (entry["e"], entry["outcome"]) == ("audit.read", "refusal")


def test_filters_that_do_not_hold_are_told(space: RunningSpace) -> None:
    with visit(space, persona="noor") as client:
        assert client.get("/mijn", params={"van": "soon"}).status_code == 400
        assert client.get("/mijn", params={"van": "", "tot": "", "afnemer": ""}).status_code == 200


def test_nobody_and_another_sites_form_do_not_get_in(space: RunningSpace) -> None:
    with visit(space) as client:
        nobody = client.post("/mijn/aanmelden", data={"persona": "nobody"})
        elsewhere = client.post(
            "/mijn/aanmelden", data={"persona": "noor"}, headers={"Origin": "http://elsewhere.test"}
        )
        after = client.get("/mijn")

    assert (nobody.status_code, elsewhere.status_code) == (401, 401)
    assert "persona" in after.text
    assert [leaf["outcome"] for leaf in space.leaves()] == ["refusal", "refusal"]


def test_older_looks_are_a_page_on(space: RunningSpace) -> None:
    decisions = [space.post(VUTG, CARE, ASK).headers["sim-decision"] for _ in range(51)]
    with visit(space, persona="noor") as client:
        first = client.get("/mijn").text
        second = client.get(f"/mijn?na={decisions[1]}").text

    assert f"na={decisions[1]}" in first
    assert f'id="{decisions[0]}"' not in first
    assert f'id="{decisions[0]}"' in second
