"""The status page: what works and what was counted, in two languages, without script, for the control token only."""

import base64
import re
from pathlib import Path

import pytest

from tests.e2e.test_counter import Outline
from tests.people import KARIM, NOOR
from tests.running import CARE, FLOW, START, RunningSpace, a_batch

AHOVOKS = "ahovoks-studietoelagen"


def page(space: RunningSpace, language: str = "nl") -> str:
    basic = base64.b64encode(f"wie:{space.ready['control_token']}".encode()).decode()
    answer = space.get(
        "/_sim/status", Authorization=f"Basic {basic}", **{"Accept-Language": language}
    )
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.headers["content-language"] == language[:2]
    return answer.text


def test_the_page_tells_what_works_and_what_was_counted(space: RunningSpace) -> None:
    space.post(AHOVOKS, CARE, {"insz": NOOR, "referentiedatum": START}, x_correlation_id=NOOR)
    space.upload(f"{FLOW}_{START}.json", a_batch(KARIM))

    text = page(space)

    rows = [re.sub("<[^>]*>", " ", row).split() for row in re.findall("<tr>.*", text)]
    assert ["zorgtoeslag", "rest", "004@1.0.0", "refusal", "not-registered", "1"] in rows
    assert ["delivered", FLOW, "6"] in rows
    assert "<h1>Alles werkt</h1>" in text
    assert NOOR not in text
    assert KARIM not in text


def test_the_page_is_whole_and_without_script_and_says_what_does_not_work(
    space: RunningSpace,
) -> None:
    (Path(space.ready["data"]) / "keys" / "infino.pem").unlink()

    outline = Outline(page(space, "en-GB,nl;q=0.5"))

    assert outline.all("script") == []
    assert [attrs.get("class") for attrs in outline.all("tr") if attrs.get("class")] == ["bad"]
    assert "<h1>Something does not work</h1>" in page(space, "en")


@pytest.mark.parametrize("shown", ["", "Bearer x", "Basic x", "Basic eDp5", "Digest x", "Bearer é"])
def test_nobody_else_sees_it(shared_space: RunningSpace, shown: str) -> None:
    import httpx

    headers = [(b"Authorization", shown.encode())] if shown else []
    answer = httpx.get(
        f"{shared_space.http}/_sim/status", headers=headers, trust_env=False, timeout=30
    )

    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["www-authenticate"].startswith("Basic ")
