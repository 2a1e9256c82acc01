"""Plays a kit: each case in a fresh space of one process, one after the other."""

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.conformance import (
    consumer_care_allowance,
    consumer_jbplus,
    provider_jbplus,
)
from gateway.simulation.conformance.stage import Stage, open_stage
from gateway.simulation.conformance.sut import Sut, SutFailed
from gateway.simulation.conformance.verdict import Case, Kit, NotApplicable, Report, Verdict
from gateway.simulation.host import Host

SEED = 1
Told = Callable[[Verdict], object]


KITS: Mapping[str, Kit] = {
    kit.key: kit for kit in (consumer_jbplus.KIT, consumer_care_allowance.KIT, provider_jbplus.KIT)
}


class NoSuchCase(Exception):
    """The kit has no case of this name; the text lists those that it has."""


def conform(
    kit: Kit, sut: Sut, name: str, cases: Collection[str] = (), told: Told = lambda _: None
) -> Report:
    """Play the cases of a kit (all of them if none is named); `told` hears each verdict at once.

    Raises:
        NoSuchCase: one that is named is not there.
    """
    chosen = _chosen(kit, cases)
    report = Report(kit.key, kit.title, name, version("magda-sim"), DEMO_CLOCK, SEED)
    with (
        tempfile.TemporaryDirectory(prefix="magda-sim-conform-") as folder,
        a_host(Path(folder)) as host,
    ):
        for case in chosen:
            verdict = play(host, kit, case, sut, Path(folder) / "state" / case.key)
            report.verdicts.append(verdict)
            told(verdict)
    return report


@contextmanager
def a_host(folder: Path) -> Iterator[Host]:
    """A process's worth of doors on free ports, in which cases can be played."""
    host = Host(_settings(folder / "space"))
    try:
        host.start()
        yield host
    finally:
        host.stop()


def _settings(data: Path) -> Settings:
    return Settings(
        data=data, demo=True, seed=SEED, clock=DEMO_CLOCK, http_port=0, https_port=0, sftp_port=0,
        lines="off",
    )  # fmt: skip


def _chosen(kit: Kit, cases: Collection[str]) -> Sequence[Case]:
    known = [case.key for case in kit.cases]
    unknown = [key for key in cases if key not in known]
    if unknown:
        raise NoSuchCase(f"{kit.key} has no case {', '.join(unknown)}; it has {', '.join(known)}")
    return [case for case in kit.cases if not cases or case.key in cases]


def play(host: Host, kit: Kit, case: Case, sut: Sut, folder: Path) -> Verdict:
    """One case in a fresh space. `folder` is made for what the client keeps."""
    stage = open_stage(host, kit, case, sut, folder)
    verdict = Verdict(case, stage.findings)
    try:
        case.play(stage)
        _expect_well_formed(stage)
    except NotApplicable as cause:
        verdict.is_skipped, verdict.cause = True, str(cause)
    except SutFailed as failed:
        verdict.cause = f"run {stage.runs}: the client {failed}"
    finally:
        verdict.messages, verdict.events = tuple(stage.tap.messages), stage.happened.told()
        host.spaces.delete(case.key)
    return verdict


def _expect_well_formed(stage: Stage) -> None:
    """Holds in every case: no message is refused for its form, its credential or its sender."""
    bad = [one for one in stage.happened.questions() if one.is_own_fault]
    stage.expect_none(bad, "every message is formed as agreed and says whom it is from")
