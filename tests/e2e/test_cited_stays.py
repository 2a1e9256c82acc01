"""Whatever happens to a space, nothing that an entry of its log still cites is ever deleted."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.builders import PROTOCOLS
from tests.people import KARIM, NOOR
from tests.running import CARE, TRANSACTIONS, RunningSpace

NAME = "opgroeien-ahovoks-geefzorgtoeslag.yaml"
TEXT = (PROTOCOLS / NAME).read_text("utf-8")
DIGEST = "sha256:" + "cd" * 32


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningSpace, Path]]:
    """A space whose log keeps persons for a day, with protocol files of its own."""
    folder = tmp_path_factory.mktemp("protocols")
    for path in PROTOCOLS.glob("*.yaml"):
        (folder / path.name).write_bytes(path.read_bytes())
    options = Settings(
        data=tmp_path_factory.mktemp("data") / "space", http_port=0, sftp_port=0, clock=DEMO_CLOCK,
        demo=True, protocols=folder, log_term="P1D", log_terms="001=P1D,004=P1D",
    )  # fmt: skip
    host = Host(options)
    space = RunningSpace(host, host.start())
    space.register("ahovoks-studietoelagen", NOOR)
    space.register("infino", KARIM)
    yield space, folder
    host.stop()


def ask(space: RunningSpace, _: Path) -> None:
    body = {"insz": NOOR, "referentiedatum": "2024-12-31"}
    space.post("ahovoks-studietoelagen", CARE, body)
    space.post("infino", TRANSACTIONS, {"insz": KARIM})


def change_law(space: RunningSpace, folder: Path) -> None:
    """Another text under the same name; the file that entries cite is overwritten."""
    count = len(list((Path(space.ready["data"]) / "law").iterdir()))
    title = TEXT.replace("title: ", f"title: Uitgave {count} van ", 1)
    (folder / NAME).write_text(title, "utf-8")
    assert space.control("POST", "/protocols/reload").json()["outcome"] == "loaded"


def remove_law(space: RunningSpace, folder: Path) -> None:
    (folder / NAME).unlink(missing_ok=True)
    space.control("POST", "/protocols/reload")


def act(space: RunningSpace, _: Path) -> None:
    body = {"soort": "bewijs", "stuk": DIGEST, "reden": "verzonnen"}
    answer = space.post(
        "infino", "/v1/protocollen/001/gebeurtenissen", body, Content_Type="application/json"
    )
    assert answer.status_code == 201, answer.text


def certificate(space: RunningSpace, _: Path) -> None:
    serial = space.control("POST", "/keys", {"credential": "kidslife"}).json()["serial"]
    space.control("POST", "/keys/revocations", {"reference": serial, "reason": "superseded"})


def erase(space: RunningSpace, _: Path) -> None:
    body = {"insz": NOOR, "ground": "order", "by": "opgroeien", "document": DIGEST}
    assert space.control("POST", "/erasures", body).status_code == 200


def a_day_later(space: RunningSpace, _: Path) -> None:
    clock = space.host.space.clock
    clock.move_to(clock.now() + timedelta(days=2))
    assert space.control("POST", "/erasures/due").status_code == 200


STEPS: list[Callable[[RunningSpace, Path], None]] = [
    ask, change_law, remove_law, act, certificate, erase, a_day_later,
]  # fmt: skip


def missing(space: RunningSpace) -> list[str]:
    """What entries cite that is not there any more."""
    here = space.host.space
    acts = {one["gebeurtenis"] for one in acts_of(space)}
    serials = {one["serial"] for one in space.control("GET", "/keys").json()}
    leaves = space.leaves()
    texts = {leaf["doc"] for leaf in leaves if leaf.get("doc")}
    done = {leaf["event"] for leaf in leaves if leaf["e"] == "protocol.act"}
    used = {leaf["serial"] for leaf in leaves if "serial" in leaf}
    lost = [digest for digest in texts if not has_text(here, digest)]
    return sorted([*lost, *(done - acts), *(used - serials)])


def acts_of(space: RunningSpace) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = space.get("/v1/protocollen/001/gebeurtenissen").json()
    return found


def has_text(here: Any, digest: str) -> bool:
    try:
        here.gateway.law.text(digest)
    except LookupError:
        return False
    return True


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_that_the_log_cites_is_deleted(world: tuple[RunningSpace, Path], seed: int) -> None:
    """Every step, in an order of chance; a space is too dear to be made for each of many."""
    space, folder = world
    steps = [ask, change_law, *Random(seed).sample(STEPS, len(STEPS)), change_law, ask]
    for step in steps:
        step(space, folder)

    assert missing(space) == [], [one.__name__ for one in steps]
    assert space.verify().ok
    assert any(leaf.get("doc") for leaf in space.leaves())
