"""A real browser that runs no script, and waiting for its pages."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.waiting import eventually


@contextmanager
def a_browser(profile: Path) -> Iterator[Chrome]:
    """A headless browser in which no page may run a script."""
    options = ChromeOptions()
    options.binary_location = which("chromium") or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                     "--no-first-run", "--disable-background-networking", "--no-proxy-server",
                     f"--user-data-dir={profile}", "--window-size=900,1200"):  # fmt: skip
        options.add_argument(argument)
    options.add_experimental_option(
        "prefs", {"profile.managed_default_content_settings.javascript": 2}
    )
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options, Service(which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def text(browser: Chrome) -> str:
    """All that the page shows."""
    return browser.find_element(By.TAG_NAME, "body").text


def onwards(browser: Chrome, act: Callable[[], object]) -> None:
    """Do what leads to another page, and wait until that page is there."""
    before = browser.find_element(By.TAG_NAME, "html")
    act()
    eventually(lambda: _is_gone(before) and is_there(browser, By.TAG_NAME, "footer"), 30)


def is_there(browser: Chrome, by: str, value: str) -> bool:
    """Whether the page has it; while a page is put away the browser does not know."""
    try:
        return bool(browser.find_elements(by, value))
    except WebDriverException:
        return False


def _is_gone(element: WebElement) -> bool:
    try:
        return not element.tag_name
    except StaleElementReferenceException:
        return True
    except WebDriverException:
        return False
