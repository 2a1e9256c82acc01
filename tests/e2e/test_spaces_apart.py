"""Many spaces at work at once, at every door: each comes out as it does when it is alone."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.people import ELIF, KARIM, LUKAS, NOOR
from tests.running import CARE, REGISTER, START, TRANSACTIONS, RunningSpace

AHOVOKS, PAYERS = "ahovoks-studietoelagen", ("infino", "kidslife", "vutg-rechten")
ACTS = "/v1/protocollen/001/gebeurtenissen"
STEPS, AT_ONCE = 5, 8
Outcome = tuple[Any, dict[str, str], list[Any]]


def live(space: RunningSpace, random: Random) -> list[Any]:
    """Some steps of a tester's day; what was told."""
    told: list[Any] = []
    for _ in range(STEPS):
        unit, person = random.choice(PAYERS), random.choice((KARIM, ELIF, LUKAS))
        step = random.choice(("register", "rest", "soap", "sftp", "act", "clock", "clock"))
        if step == "register":
            body = {"insz": person, "periode": {"begin": START, "einde": None}}
            told.append(space.post(unit, REGISTER, body).json()["resultaat"])
        elif step == "rest":
            answer = space.post(unit, TRANSACTIONS, {"insz": person}).json()
            told.append(answer.get("reason", answer.get("verrichtingen")))
        elif step == "soap":
            with space.soap_client(unit) as client:
                told.append(type(client.transactions(person)).__name__)
        elif step == "sftp":
            told.append(space.found(unit))
        elif step == "act":
            kind = random.choice(("schorsing", "opheffing"))
            act = {"soort": kind, "partij": "infino", "door": "wewis"}
            token = f"Bearer {space.ready['control_token']}"
            told.append(space.post(None, ACTS, act, Authorization=token).json())
        else:
            told.append(space.control("POST", "/clock/advance", {"days": 1}).json())
        space.space.settle()
    space.register(AHOVOKS, NOOR)
    body = {"insz": NOOR, "referentiedatum": "2024-12-31"}
    told.append(space.post(AHOVOKS, CARE, body).json()["erkenningen"])
    return told


def outcome_of(space: RunningSpace, random: Random) -> Outcome:
    told = live(space, random)
    space.space.settle()
    root = space.space.data / "drop"
    files = sorted(path for path in root.rglob("*") if path.is_file())
    digests = {str(path.relative_to(root)): sha256(path.read_bytes()).hexdigest() for path in files}
    verified = space.verify()
    assert verified.ok
    return verified, digests, told


def check(shared_space: RunningSpace, count: int, seed: int) -> None:
    """All at once, then one by one in the same places, begun anew."""
    spaces = []
    for n in range(count):
        name = f"s{n}"
        if shared_space.host.spaces.find(name) is None:
            shared_space.host.spaces.create(name, n, None)
        else:
            shared_space.host.spaces.reset(name, None, None)
        spaces.append(RunningSpace(shared_space.host, shared_space.host.spaces.ready(name)))
    randoms = [Random(f"{seed}/{n}") for n in range(count)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        together = list(pool.map(outcome_of, spaces, randoms))
    for n, space in enumerate(spaces):
        shared_space.host.spaces.reset(f"s{n}", None, None)
        assert outcome_of(space, Random(f"{seed}/{n}")) == together[n], n
    assert shared_space.leaves() == []


@settings(
    max_examples=1, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck)
)
@given(seed=st.integers(0, 2**32))
@pytest.mark.timeout(300)
def test_x_08_some_spaces_at_once_come_out_as_each_does_alone(
    shared_space: RunningSpace, seed: int
) -> None:
    check(shared_space, 3, seed)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_forty_spaces_at_once_come_out_as_each_does_alone(shared_space: RunningSpace) -> None:
    check(shared_space, 40, 40)
