"""A text can defer or withhold from citizens who saw their data; only where it says so, and from then on."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from gateway.adapters.protocol_files.built_in import BUILT_IN_PROTOCOLS
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.people import NOOR
from tests.running import CARE, RunningSpace

AHOVOKS, OTHER = "ahovoks-studietoelagen", "ahovoks-andere"
ASK = {"insz": NOOR, "referentiedatum": "2024-12-31"}
DEFERRED = "{kind: deferred, period: P1D, article: art. 2}"
WITHHELD = "{kind: withheld, ground: lopend toezicht, article: art. 2}"


@contextmanager
def living_under(folder: Path, clause: str) -> Iterator[RunningSpace]:
    """A space whose 004 has this clause."""
    law = folder / "law"
    shutil.copytree(BUILT_IN_PROTOCOLS, law, ignore=shutil.ignore_patterns("LOCK", "*.py", "__*"))
    text = law / "opgroeien-ahovoks-geefzorgtoeslag.yaml"
    changed = text.read_text("utf-8").replace(
        "    periodicity: {kind: permanent",
        f"    disclosure: {clause}\n    periodicity: {{kind: permanent",
        1,
    )
    assert clause in changed
    text.write_text(changed, "utf-8")
    options = Settings(
        data=folder / "space", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True, protocols=law
    )
    host = Host(options)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


def seen(space: RunningSpace) -> list[str]:
    token = space.control("POST", "/personas/noor/login").json()["token"]
    answer = httpx.get(
        f"{space.http}/mijn/raadplegingen", headers={"Authorization": f"Bearer {token}"},
        timeout=30, trust_env=False,
    )  # fmt: skip
    return [one["beslissing"] for one in answer.json()["items"]]


@pytest.mark.parametrize(
    ("clause", "word", "later"), [(DEFERRED, "deferred:P1D", [0, 1]), (WITHHELD, "withheld", [])]
)
def test_what_a_text_defers_or_withholds_is_entered_all_the_same(
    tmp_path: Path, clause: str, word: str, later: list[int]
) -> None:
    with living_under(tmp_path, clause) as space:
        space.register(AHOVOKS, NOOR)
        decisions = [
            space.post(unit, CARE, ASK).headers["sim-decision"] for unit in (AHOVOKS, OTHER)
        ]
        words = [leaf["disclosure"] for leaf in space.leaves() if leaf.get("flow") == "zorgtoeslag"]
        at_once = seen(space)
        space.control("PUT", "/clock", {"at": "2025-03-11T07:59:59+01:00"})
        just_before = seen(space)
        space.control("PUT", "/clock", {"at": "2025-03-11T08:00:00+01:00"})

        assert words == [word, word]
        assert at_once == just_before == []
        assert sorted(seen(space)) == sorted(decisions[one] for one in later)
        assert space.verify().ok
