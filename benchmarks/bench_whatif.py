"""Replay of a million decisions, unchanged and under a switch, beside the floor: read and parse the same leaves."""

import resource
import shutil
import sqlite3
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from random import Random

import msgspec
from harness import ROOT, spread

sys.path.insert(0, str(ROOT))

from gateway.adapters.database import open_database
from gateway.adapters.log.schema import SCHEMA
from gateway.adapters.protocol_events import SqlEventStore
from gateway.adapters.protocol_files import initial_events
from gateway.adapters.protocol_files.library import bundle_of
from gateway.cli.whatif import Asked, replayed
from gateway.domain.admission import asking
from gateway.domain.canonical_json import encode
from gateway.domain.decision import Permit, candidate, decide
from gateway.domain.decision_terms import Candidate
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from gateway.domain.log_entry import Draft
from gateway.domain.protocol_document import Authentication, Fact
from gateway.domain.questions import CareAllowanceQuestion, Today, TransactionQuestion
from gateway.domain.request import Request
from gateway.domain.services import CARE_ALLOWANCE, TRANSACTIONS
from gateway.simulation.accounts import callers
from tests.builders import DAY, NOON, the_documents

UNITS = ("ahovoks-studietoelagen", "vutg-rechten", "vutg-audit", "opgroeien-geschillen", "infino",
         "parentia", "infino-audit", "ahovoks-andere")  # fmt: skip


def a_leaf(random, bundle, at):
    caller = callers()[random.choice(UNITS)]
    insz = random.choice(("12631400209", "12631400209", "12631400209", "1"))
    if caller.party == "ahovoks":
        question = CareAllowanceQuestion(
            insz=insz, reference_date="2024-12-31", wants_application=random.random() < 0.3
        )
        service = CARE_ALLOWANCE
    else:
        question, service = TransactionQuestion(insz=insz), TRANSACTIONS
    request = Request(
        service=service, question=question, reference="r", question_reference="q",
        case="Z-1" if random.random() < 0.7 else None,
        enduser="x" if random.random() < 0.5 else None,
        authentication=random.choice((None, Authentication.EID, Authentication.PASSWORD)),
    )  # fmt: skip
    draft = Draft(
        at=at, space="demo", channel="rest", bundle=bundle, caller=caller, request=request
    )
    ask = draft.ask = asking(request, caller, Today(DAY))
    first = candidate(bundle, ask, at)
    if isinstance(first, Candidate):
        draft.candidate = first
        found = {Fact.REGISTERED: f"R-{random.randrange(10**6)}", Fact.RIGHT_OPEN: "E-1"}
        draft.facts = found if random.random() < 0.8 else {}
        said = decide(first, draft.facts)
        if isinstance(said, Permit):
            draft.permit = said
        else:
            draft.refusal = said
    else:
        draft.refusal = first
    return encode(draft.entry(b"").leaf | {"priv": "0" * 64})


def a_space(folder, count):
    """A closed space with so many decisions and four acts among them."""
    store = SqlEventStore(open_database(folder / "space.db"))
    acts, laws = [], []
    documents = the_documents()
    signed = [event for document in documents for event in initial_events(document)]
    for key in range(5):
        laws.append(bundle_of(documents, (*signed, *acts)))
        kind = EventKind.LIFTING if key % 2 else EventKind.SUSPENSION
        at = NOON + timedelta(days=key)
        acts.append(LifecycleEvent(protocol="001", kind=kind, effective_at=at, recorded_at=at,
                                   party="parentia", by="wewis", article="art. 8", key=key + 1))  # fmt: skip
        if key < 4:
            store.add(acts[-1])
    store._engine.dispose()
    random = Random(1)
    pools = [
        [a_leaf(random, law, NOON + timedelta(days=key, milliseconds=7 * n)) for n in range(2_000)]
        for key, law in enumerate(laws)
    ]
    log = sqlite3.connect(folder / "log.db", isolation_level=None)
    log.execute("PRAGMA journal_mode = WAL")
    log.executescript(SCHEMA)
    each = count // len(pools)
    log.execute("BEGIN")
    log.executemany(
        "INSERT INTO entry VALUES (?, ?, x'00')",
        ((n + 1, random.choice(pools[min(n // each, 4)])) for n in range(count)),
    )
    log.execute("INSERT INTO head VALUES (1, ?, x'00', x'')", (count,))
    log.execute("COMMIT")
    log.close()


def floor(folder):
    log = sqlite3.connect(f"file:{folder / 'log.db'}?mode=ro&immutable=1", uri=True)
    decode = msgspec.json.Decoder().decode
    for _, leaf in log.execute("SELECT position, leaf FROM entry ORDER BY position"):
        decode(leaf)
    log.close()


def timed(work):
    """Seconds on the clock and of the processor, and what came out."""
    began, spent = time.perf_counter(), time.process_time()
    result = work()
    return time.perf_counter() - began, time.process_time() - spent, result


def main(rounds=5, count=1_000_000):
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    a_space(folder, count)
    work = {
        "floor": lambda: floor(folder),
        "unchanged": lambda: replayed(Asked(data=folder)),
        "switch 004/O-46": lambda: replayed(Asked(data=folder, switches="004/O-46")),
    }
    found = {name: [] for name in work}
    for _ in range(rounds):
        for name, run in work.items():
            clock, processor, report = timed(run)
            found[name].append((clock, processor))
            assert report is None or report.replayed == count
            assert report is None or report.stands(with_change=name != "unchanged")
    for name, measured in found.items():
        clocks, processors = zip(*measured, strict=True)
        ratios = [one[1] / base[1] for one, base in zip(measured, found["floor"], strict=True)]
        print(
            f"{name:>16}  {spread(clocks)} s, {spread(processors)} s of CPU, {spread(ratios)} x floor"
        )
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
