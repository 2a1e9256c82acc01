"""Whole decisions a second on one core, with 10 and with 10,000 protocols loaded."""

import sys
import time
from dataclasses import replace

from harness import ROOT, spread

sys.path.insert(0, str(ROOT))


def main(rounds=5, count=20_000):
    from gateway.domain.decision import candidate, decide
    from gateway.domain.protocol_document import Fact
    from tests.builders import NOON, a_bundle, an_ask, the_documents

    documents = the_documents()

    def world(size):
        others = [
            replace(
                documents[4],
                id=f"{n:05d}",
                flows={f"f{n}": replace(documents[4].flows["zorgtoeslag"], key=f"f{n}")},
            )
            for n in range(size - 5)
        ]
        return a_bundle([*documents, *others])

    asks = [
        an_ask(fields=frozenset({"insz", "pijler1", name}))
        for name in ("totaal", "pijler2", "periode.begin", "wetgeving")
    ]
    rates = {10: [], 10_000: []}
    bundles = {size: world(size) for size in rates}
    for _ in range(rounds):
        for size, bundle in bundles.items():
            began = time.process_time()
            for n in range(count):
                decide(candidate(bundle, asks[n % 4], NOON), {Fact.REGISTERED: "R-1"})
            rates[size].append(count / (time.process_time() - began))
    for size, found in rates.items():
        print(f"{size:>6} protocols  {spread(found)} decisions/s of CPU")
    print(
        f"10,000 over 10: {spread([b / a for a, b in zip(rates[10], rates[10_000], strict=True)])}"
    )


if __name__ == "__main__":
    main()
