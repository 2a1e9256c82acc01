"""F15: whatever is registered and whatever is uploaded, a consumer's file holds what it registered of that batch."""

import json
from random import Random

from tests.numbers import some_numbers
from tests.running import DEREGISTER, FLOW, START, RunningSpace, a_batch

CONSUMERS = ["opgroeien-kring", "vutg-rechten", "infino", "kidslife", "myfamily", "parentia"]
BATCHES = 4


def test_f15_every_file_is_the_batch_cut_down_to_who_its_consumer_registered(
    space: RunningSpace,
) -> None:
    chance, people = Random(15), some_numbers(30)
    registered: dict[str, set[str]] = {unit: set() for unit in CONSUMERS}
    for number in range(1, BATCHES + 1):
        for unit, own in registered.items():
            added = set(chance.sample(people, 3))
            space.register(unit, *added - own)
            removed = set(chance.sample(sorted(own), 1)) if own else set()
            for person in removed:
                body = {"insz": person, "periode": {"begin": START, "einde": None}}
                assert space.post(unit, DEREGISTER, body).status_code == 200
            registered[unit] = (own - removed) | added - removed
        batch = chance.sample(people, 15)
        suffix = "" if number == 1 else f"_{number}"
        receipt = space.upload(f"{FLOW}_{START}{suffix}.json", a_batch(*batch, number=number))
        assert receipt["status"] == "verdeeld"

        for unit, own in registered.items():
            with space.sftp(unit) as consumer:
                name = f"{FLOW}_{START}_{number:06d}.json"
                assert name in consumer.files(FLOW)
                content = json.loads(consumer.fetch(FLOW, name))
            assert content["insz"] == sorted(set(batch) & own)
            assert content["aantal"] == len(content["insz"])
    assert any(registered[unit] for unit in CONSUMERS)
