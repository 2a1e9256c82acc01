"""Whole decisions a second on one core, with 10 and with 10,000 protocols loaded.

Two worlds: protocols with a flow each, and protocols that all open the same flows, each to its own
parties. In both, *asked again* puts a few questions over and over, so that outcomes are looked up;
*worked out* puts the same questions to a bundle that remembers none. *spread* asks 1,000 different
questions, with every answer worked out; in the world of 10,000 they go to 1,000 different protocols.
"""

import sys
import time
from dataclasses import replace

from harness import ROOT, spread

sys.path.insert(0, str(ROOT))
SMALL, LARGE = 10, 10_000


class Forgets(dict):
    """Outcomes that are never remembered."""

    def __setitem__(self, key, value):
        pass


def apart(documents, number):
    """A protocol with a flow of its own."""
    flow = replace(documents[4].flows["zorgtoeslag"], key=f"f{number}")
    return replace(documents[4], id=f"{number:05d}", flows={flow.key: flow})


def alike(documents, number):
    """A protocol that opens the same flow, to a party of its own."""
    from gateway.domain.protocol_document import Party

    old = documents[4]
    party, unit = f"ahovoks-{number}", f"studietoelagen-{number}"
    parties = {"opgroeien": old.parties["opgroeien"], party: Party(key=party, role="consumer", name=party)}  # fmt: skip
    purposes = {"studietoelage": replace(old.purposes["studietoelage"], party=party)}
    units = {unit: replace(old.units["ahovoks-studietoelagen"], key=unit, party=party)}
    return replace(old, id=f"{number:05d}", parties=parties, purposes=purposes, units=units)


def questions(kind, size):
    """A few asks, and a thousand different ones."""
    from gateway.domain.services import GIVEN
    from tests.builders import an_ask

    given = sorted(GIVEN["GeefZorgtoeslag-02.00"] - {"insz", "pijler1"})
    few = [an_ask(fields=frozenset({"insz", "pijler1", name})) for name in given[:4]]

    def one(number):
        fields = {"insz", "pijler1", *(f for bit, f in enumerate(given) if number >> bit & 1)}
        target = 5 + number % (size - 5)
        changes = (
            {"flow": f"f{target}"}
            if kind is apart
            else {"party": f"ahovoks-{target}", "unit": f"studietoelagen-{target}"}
        )
        return an_ask(fields=frozenset(fields), **changes)

    return few, [one(number) for number in range(1_000)]


def rate(bundle, asks, count):
    from gateway.domain.decision import Permit, candidate, decide
    from gateway.domain.protocol_document import Fact
    from tests.builders import NOON

    facts = {Fact.REGISTERED: "R-1"}
    assert all(isinstance(decide(candidate(bundle, ask, NOON), facts), Permit) for ask in asks)
    many = len(asks)
    began = time.process_time()
    for n in range(count):
        decide(candidate(bundle, asks[n % many], NOON), facts)
    return count / (time.process_time() - began)


def main(rounds=25, count=6_000):
    from tests.builders import a_bundle, the_documents

    documents = the_documents()
    for kind in (apart, alike):
        bundles, asks, rates = {}, {}, {}
        for size in (SMALL, LARGE):
            bundles[size] = a_bundle([*documents, *(kind(documents, n) for n in range(5, size))])
            asks[size] = questions(kind, size)
        for _ in range(rounds):
            for size in (SMALL, LARGE):
                few, many = asks[size]
                fresh = replace(bundles[size], outcomes=Forgets())
                for name, bundle, asked in (
                    ("asked again", bundles[size], few),
                    ("worked out", fresh, few),
                    ("spread", fresh, many),
                ):
                    rates.setdefault((name, size), []).append(rate(bundle, asked, count))
        for name in ("asked again", "worked out", "spread"):
            small, large = rates[name, SMALL], rates[name, LARGE]
            ratios = [b / a for a, b in zip(small, large, strict=True)]
            print(f"{kind.__name__:>6}, {name:<12} {SMALL}: {spread(small)}/s of CPU; "
                  f"{LARGE}: {spread(large)}; large over small {spread(ratios)}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
