"""Files through uploads, crashes, troubles, acts and time, step by step over a real space: none lost, doubled or unlogged."""

import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gateway.domain.acts import Act
from gateway.domain.legal_day import days_later, legal_day
from gateway.domain.lifecycle import EventKind
from tests.brittle import TROUBLES
from tests.exchange import Exchange, template
from tests.file_evidence import Evidence, judged
from tests.people import ELIF, KARIM, NOOR
from tests.running import FLOW, a_batch

REGISTERED = {
    "infino": frozenset({KARIM, ELIF}),
    "kidslife": frozenset({KARIM}),
    "vutg-rechten": frozenset({ELIF, NOOR}),
}
PEOPLE = st.sets(st.sampled_from((KARIM, ELIF, NOOR))).map(sorted)
PARTY = {"opgroeien-kring": "opgroeien", "vutg-rechten": "vutg"}
pytestmark = pytest.mark.filterwarnings(  # worker and clock of a process that dies
    "ignore:Exception in thread (files|clock)-:pytest.PytestUnhandledThreadExceptionWarning"
)
LETTER = f"sha256:{'0' * 64}"
SOME = ("infino", "kidslife", "vutg-rechten")


class LifeOfFiles(RuleBasedStateMachine):
    """What everybody does with files. `model` is a space that is copied for each run."""

    model: ClassVar[Path]

    @initialize()
    def open(self) -> None:
        """A space of its own."""
        self.home = Path(tempfile.mkdtemp(prefix="life-", dir=self.model.parent))
        self.exchange = Exchange.of(self.model, self.home / "one")
        self.accepted: dict[tuple[str, int], list[str]] = {}
        self.notice_was_given = False

    def teardown(self) -> None:
        """At last everything is in order, and each consumer's own files are whole."""
        if not hasattr(self, "exchange"):
            return
        try:
            self.exchange.plan.crash_at = None
            self.mend()
            for consumer in SOME:
                self.take_all(consumer)
            self.everything_is_in_order()
            self.exchange.close()
            for consumer in SOME:
                self.drop_check_agrees(consumer)
        finally:
            shutil.rmtree(self.home, ignore_errors=True)

    # what happens

    @rule(back=st.integers(0, 2), persons=PEOPLE)
    def upload(self, back: int, persons: list[str]) -> None:
        """A day, or again, or otherwise."""
        day = (self.today - timedelta(days=back)).isoformat()
        expected = "verdeeld"
        if (day, 1) in self.accepted:
            same = self.accepted[day, 1] == persons
            expected = "ongewijzigd" if same else "geweigerd"
        self.send(day, 1, persons, expected)

    @precondition(lambda self: self.accepted)
    @rule(data=st.data(), persons=PEOPLE)
    def correct(self, data: st.DataObject, persons: list[str]) -> None:
        """A further number of a day that was delivered."""
        day = data.draw(st.sampled_from(sorted({day for day, _ in self.accepted})))
        number = max(n for one, n in self.accepted if one == day) + 1
        self.send(day, number, persons, "verdeeld")

    @rule(content=st.sampled_from((b"", b"{", b'{"schema":"x"}')))
    def upload_rubbish(self, content: bytes) -> None:
        """A file that cannot be used."""
        day = (self.today + timedelta(days=1)).isoformat()
        told = self.put(f"{FLOW}_{day}.json", content)
        assert told is None or told["status"] == "quarantaine"

    @rule(steps=st.integers(1, 90))
    def doom(self, steps: int) -> None:
        """The process will die at some step; what comes next may be the last that it does."""
        self.exchange.plan.die_after(steps)

    @rule(steps=st.lists(st.integers(1, 60), min_size=1, max_size=3))
    def doom_the_next_lives(self, steps: list[int]) -> None:
        """The process dies now, and again while it mends what was left."""
        self.exchange.deaths_to_come = steps
        self.exchange.plan.is_dead = True
        self.exchange.settle()

    @rule(where=st.sampled_from(sorted(TROUBLES)))
    def fill_a_disk(self, where: str) -> None:
        """From now on nothing can be written there."""
        self.exchange.plan.full.add(where)

    @precondition(lambda self: self.exchange.plan.full)
    @rule()
    def mend(self) -> None:
        """Disks have room again; what was left undone is done."""
        self.exchange.plan.full.clear()
        self.exchange.do(self.exchange.space.unfinished.resume)
        self.exchange.tick()
        self.exchange.settle()

    @rule(consumer=st.sampled_from(SOME), acknowledge=st.booleans())
    def fetch(self, consumer: str, acknowledge: bool) -> None:  # noqa: FBT001  drawn
        """Collect the oldest file that is there, perhaps acknowledge it."""
        if names := self.waiting(consumer):
            may_read = self.law(consumer) is None
            was_read = self.exchange.collect(consumer, names[0], self.inbox(consumer))
            assert was_read == may_read
            if was_read and acknowledge and names[0] in self.waiting(consumer):
                self.exchange.acknowledge(consumer, names[0])

    @rule(consumer=st.sampled_from(SOME), data=st.data())
    def ask_again(self, consumer: str, data: st.DataObject) -> None:
        """Have a file put back, from the archive or made again."""
        space = self.exchange.space
        names = sorted(path.name for path in self.evidence.shown(consumer))
        if names:
            name = data.draw(st.sampled_from(names))
            caller = space.callers[consumer]
            self.exchange.call(lambda: space.gateway.files.redelivery.again(caller, name))

    @rule(consumer=st.sampled_from(SOME))
    def suspend_or_lift(self, consumer: str) -> None:
        """The provider suspends a party's files, or lifts that."""
        is_suspended = "suspended" in (self.law(consumer) or "")
        kind = EventKind.LIFTING if is_suspended else EventKind.SUSPENSION
        self.act(kind, "wewis", party=PARTY.get(consumer, consumer), flow=FLOW)

    @precondition(lambda self: not self.notice_was_given)
    @rule(consumer=st.sampled_from(("infino", "kidslife")))
    def end(self, consumer: str) -> None:
        """A party gives notice, and its term runs out."""
        self.notice_was_given = True
        self.act(EventKind.NOTICE, consumer, document=LETTER)
        self.pass_days(100)

    @rule(days=st.sampled_from((1, 1, 2, 32)))
    def pass_days(self, days: int) -> None:
        """Time goes on; files whose term is over go."""
        space = self.exchange.space
        target = days_later(space.clock.now(), days)
        for _ in range(20):  # each death on the way begins anew where the clock stood
            self.exchange.do(lambda: self.exchange.space.time.advance(target))
            if self.exchange.plan.full or self.exchange.space.clock.now() >= target:
                return  # a job that cannot be done keeps the clock where it is
        raise AssertionError("the clock does not get there")

    # what must hold

    @invariant()
    def nothing_is_unlogged_or_doubled(self) -> None:
        """At every instant, whatever is in the way."""
        if hasattr(self, "exchange"):
            self.evidence.require_safe()

    @invariant()
    def everything_is_in_order(self) -> None:
        """Whenever nothing is in the way."""
        if hasattr(self, "exchange") and not self.exchange.plan.full:
            self.evidence.require_whole(self.accepted)

    def drop_check_agrees(self, consumer: str) -> None:
        """What a consumer collected in time is whole; what is missing went before it came."""
        inbox = self.inbox(consumer)
        if inbox.exists():
            series = judged(inbox, self.exchange.space.gateway.notary.verifier)
            assert (series.double, series.changed) == ((), ())
            gone = {one["file"] for one in self.evidence.leaves() if one["e"] in GONE}
            missing = {f"{number:06}.json" for number in series.missing}
            assert missing <= {name.rpartition("_")[2] for name in gone}

    # how

    @property
    def today(self) -> date:
        return legal_day(self.exchange.space.clock.now())

    @property
    def evidence(self) -> Evidence:
        return Evidence(self.exchange.data, REGISTERED)

    def inbox(self, consumer: str) -> Path:
        return self.home / "inbox" / consumer

    def send(self, day: str, number: int, persons: list[str], expected: str) -> None:
        name = f"{FLOW}_{day}.json" if number == 1 else f"{FLOW}_{day}_{number}.json"
        waits = self.exchange.data / "drop" / "wewis" / "in" / FLOW / name
        if waits.exists():
            return  # the drop server says: this name is taken until the file is handled
        told = self.put(name, a_batch(*persons, day=day, number=number))
        assert told is None or told["status"] == expected
        if expected == "verdeeld":
            self.accepted[day, number] = persons

    def put(self, name: str, content: bytes) -> dict[str, Any] | None:
        told = self.exchange.upload(name, content)
        assert told is not None or self.exchange.plan.full
        return told

    def act(self, kind: EventKind, by: str, **more: Any) -> None:
        """Done, or not, if the process dies of it: the law tells."""
        act = Act(kind=kind, by=by, **more)
        acts = self.exchange.space.gateway.acts
        self.exchange.do(lambda: acts.perform("001", act))

    def law(self, consumer: str) -> str | None:
        """Why the consumer's files may not be read at this instant."""
        return self.exchange.space.desk._refusal(PARTY.get(consumer, consumer), FLOW)

    def waiting(self, consumer: str) -> list[str]:
        folder = self.exchange.data / "drop" / consumer / "uit" / FLOW
        return sorted((path.name for path in folder.glob("*.json")), key=lambda name: name[-11:])

    def take_all(self, consumer: str) -> None:
        for name in self.waiting(consumer):
            self.exchange.collect(consumer, name, self.inbox(consumer))


GONE = ("file.expired", "file.withdrawn")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("life") / "model", REGISTERED)


def run(model: Path, runs: int, steps: int) -> None:
    class OnCopies(LifeOfFiles):
        pass

    OnCopies.model = model
    run_state_machine_as_test(
        OnCopies,
        settings=settings(
            max_examples=runs, stateful_step_count=steps, deadline=None,
            suppress_health_check=list(HealthCheck), database=None,
            phases=[Phase.generate],
        ),
    )  # fmt: skip


@pytest.mark.timeout(600)
def test_no_file_is_lost_doubled_or_unlogged(model: Path) -> None:
    run(model, runs=4, steps=15)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_no_file_is_lost_doubled_or_unlogged_in_many_long_lives(model: Path) -> None:
    run(model, runs=15, steps=40)
