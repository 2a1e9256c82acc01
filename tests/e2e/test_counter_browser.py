"""The counter in a real browser: with the keyboard alone, without script, read aloud, and gone when it is over."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from tests.browsing import a_browser, onwards, text
from tests.people import JORIS
from tests.running import RunningSpace
from tests.waiting import eventually

pytestmark = [
    pytest.mark.needs("chromium"),
    pytest.mark.needs("chromedriver"),
    pytest.mark.timeout(180),
]
ROOT = "/loket/jobbonus-dossier"
UNIT, CLERK = "dv-cc1700", "82722401041"
SECRET = ("Verzonnen", JORIS, "437,50", "Korenmarkt")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One browser for all of them."""
    with a_browser(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.fixture(autouse=True)
def fresh(request: pytest.FixtureRequest) -> None:
    """Nothing of an earlier visit."""
    request.getfixturevalue("browser").delete_all_cookies()


def heading(browser: Chrome) -> str:
    return browser.find_element(By.TAG_NAME, "h1").text


def fill(browser: Chrome, **values: str) -> None:
    for name, value in values.items():
        browser.find_element(By.ID, name).send_keys(value)


def send(browser: Chrome) -> None:
    onwards(browser, browser.find_element(By.CSS_SELECTOR, "main button").click)


def sign_in(browser: Chrome, space: RunningSpace) -> None:
    browser.get(space.http + ROOT)
    fill(browser, bewijs=space.credential(UNIT)["token"], gebruiker=CLERK)
    send(browser)


def look(browser: Chrome, space: RunningSpace) -> None:
    """All the way to the file."""
    sign_in(browser, space)
    fill(browser, insz=JORIS, vraag="Waar blijft mijn bonus?")
    send(browser)
    fill(browser, naam="verzonnen", voornaam="JORIS", bedrag="437,50")
    send(browser)


def spoken(browser: Chrome) -> list[tuple[str, str]]:
    """What assistive technology is told: role and name of everything that has one."""
    tree: dict[str, Any] = {}

    def is_told() -> bool:
        """Not while the page before is being put away."""
        with contextlib.suppress(WebDriverException):
            tree.update(browser.execute_cdp_cmd("Accessibility.getFullAXTree", {}))
        return bool(tree)

    eventually(is_told)
    found = [
        (node.get("role", {}).get("value", ""), node.get("name", {}).get("value", ""))
        for node in tree["nodes"]
        if not node.get("ignored")
    ]
    return [(role, name) for role, name in found if role]


def test_an_agent_answers_a_citizen(browser: Chrome, space: RunningSpace, tmp_path: Path) -> None:
    sign_in(browser, space)
    titles = [heading(browser)]
    fill(browser, insz=JORIS, vraag="Waar blijft mijn bonus?")
    send(browser)
    titles.append(heading(browser))
    fill(browser, naam="Verzonnen", voornaam="Joris", bedrag="1")
    send(browser)
    no = browser.find_element(By.CSS_SELECTOR, "[role=alert]").text
    fill(browser, naam="Verzonnen", voornaam="Joris", bedrag="437,50")
    send(browser)
    titles.append(heading(browser))

    assert titles == ["Nieuwe vraag", "Vraagsteller identificeren", "Dossier"]
    assert no.startswith("De vraagsteller is niet geïdentificeerd")
    assert all(words in text(browser) for words in SECRET)
    assert "15 minuten over" in text(browser)
    assert not any(words in browser.current_url for words in SECRET)
    assert browser.save_screenshot(str(tmp_path / "dossier.png"))
    assert browser.get_log("browser") == [] or quiet(browser)  # type: ignore[no-untyped-call]  # selenium's own


def quiet(browser: Chrome) -> bool:
    """Whether nothing was blocked by the page's own policy."""
    said = browser.get_log("browser")  # type: ignore[no-untyped-call]  # selenium's own
    return not any("Content Security Policy" in one["message"] for one in said)


def test_when_the_time_is_over_the_file_is_gone_also_from_the_history(
    browser: Chrome, space: RunningSpace
) -> None:
    look(browser, space)
    assert all(words in text(browser) for words in SECRET)
    space.control("POST", "/clock/advance", {"seconds": 898})
    onwards(browser, browser.refresh)
    assert "1 minuut over" in text(browser)
    onwards(browser, lambda: space.control("POST", "/clock/advance", {"seconds": 2}))

    assert heading(browser) == "Vraagsteller identificeren"
    assert "De inzage is voorbij" in text(browser)
    assert not any(words in browser.page_source for words in SECRET)
    onwards(browser, browser.back)
    assert heading(browser) == "Geen inzage"
    assert not any(words in browser.page_source for words in SECRET)


def test_the_keyboard_alone_is_enough(browser: Chrome, space: RunningSpace) -> None:
    browser.get(space.http + ROOT)

    def press(*keys: str) -> None:
        browser.switch_to.active_element.send_keys(*keys)

    press(Keys.TAB)
    skip = browser.switch_to.active_element
    assert skip.text == "Naar de inhoud"
    assert skip.location["x"] >= 0
    press(Keys.ENTER)
    press(Keys.TAB)
    press(space.credential(UNIT)["token"], Keys.TAB)
    press(CLERK, Keys.TAB)
    press(Keys.ARROW_DOWN, Keys.TAB)
    onwards(browser, lambda: press(Keys.ENTER))

    assert heading(browser) == "Nieuwe vraag"
    fill(browser, insz=JORIS)
    press(Keys.TAB)
    press("Waar blijft mijn bonus?", Keys.TAB)
    press(Keys.TAB)
    onwards(browser, lambda: press(Keys.ENTER))
    assert heading(browser) == "Vraagsteller identificeren"


def test_everything_has_a_name_when_read_aloud(browser: Chrome, space: RunningSpace) -> None:
    sign_in(browser, space)
    question = spoken(browser)
    look_further = {"insz": JORIS, "vraag": "x"}
    fill(browser, **look_further)
    send(browser)
    identity = spoken(browser)
    send(browser)
    failed = spoken(browser)
    fill(browser, naam="Verzonnen", voornaam="Joris", bedrag="437,50")
    send(browser)
    file = spoken(browser)

    for page in (question, identity, failed, file):
        nameless = [one for one in page if one[0] in ("textbox", "combobox", "button", "link", "heading") and not one[1]]  # fmt: skip
        assert nameless == []
        assert {"main", "banner", "navigation", "contentinfo"} <= {role for role, _ in page}
    assert ("textbox", "INSZ van de vraagsteller") in question
    assert ("group", "Elementen van het dossier") in identity
    assert "alert" in {role for role, _ in failed}
    assert ("heading", "Brief van 15 januari 2025") in file
    assert "status" in {role for role, _ in file}


def test_in_english_and_on_paper(browser: Chrome, space: RunningSpace, tmp_path: Path) -> None:
    look(browser, space)
    onwards(browser, browser.find_element(By.LINK_TEXT, "English").click)
    english = text(browser)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    printed = text(browser)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    onwards(browser, browser.find_element(By.XPATH, "//button[text()='Sign out']").click)

    assert all(
        words in english for words in ("Letter of 15 January 2025", "€437.50", "15 minutes left")
    )
    assert not any(words in printed for words in ("Verzonnen", "€437.50"))
    assert heading(browser) == "Sign in"
    assert {cookie["name"] for cookie in browser.get_cookies()} == {"loket-taal", "loket-beurt"}
