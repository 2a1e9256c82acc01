"""Staff of VUTG in a run: with key and one-time code they place a ready payment file and fetch its receipt."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from gateway.simulation.units import PAYMENTS
from gateway.simulation.yearrun import payments
from gateway.simulation.yearrun.forms import AS_WORLD, as_words
from gateway.simulation.yearrun.stage import RECEIVED, Stage
from gateway.simulation.yearrun.steps import ReadyFile

VUTG = "vutg"
NOT_IN = "log-in-refused"
"""What comes of a log-in with a code that does not count."""
_LOGIN = b'"e":"drop.login'


def ready_file(stage: Stage, step: ReadyFile) -> None:
    """LAW: 003 art. 6 - VUTG works with several factors. Log in, place the file, fetch what became of it."""
    content, rows = payments.ready_file(stage, stage.cast.numbers(as_words(step.who)))
    name = f"{PAYMENTS}_{stage.today}.json"
    before = stage.exchange.space.gateway.log.size
    receipt = _handed_in(stage, step, name, content)
    outcome = RECEIVED[receipt["status"]] if receipt else NOT_IN
    stage.chronicle.expect("ready file", "distributed" if step.expect == AS_WORLD else step.expect, outcome)  # fmt: skip
    _expect_log_in(stage, before, step)
    if outcome == "distributed":
        accepted = str(receipt["records"]["aanvaard"])
        stage.chronicle.expect("rows of a ready file", str(len(rows)), accepted)
        year, _ = payments.due(stage)
        stage.ready[stage.today] = year, rows
        stage.unfound.add(stage.today)
        stage.paid[year] |= set(rows)
    _tell(stage, name, content, outcome, receipt)


def _handed_in(stage: Stage, step: ReadyFile, name: str, content: bytes) -> Mapping[str, Any]:
    """The receipt; nothing where nobody was let in. On this way nothing goes wrong on purpose."""
    with stage.exchange.undisturbed():
        try:
            drop = stage.exchange.drop(VUTG, step.code)
        except PermissionError:
            return {}
        with drop:
            drop.upload(PAYMENTS, name, content)
            stage.exchange.space.settle()
            receipt: Mapping[str, Any] = json.loads(drop.receipt(name))
    return receipt


def _expect_log_in(stage: Stage, before: int, step: ReadyFile) -> None:
    """What the log has of the log-in: both factors, or the code that did not count."""
    reader = stage.exchange.space.gateway.log.reader
    leaves = reader.leaves(before + 1, reader.head().size)
    entries = [json.loads(leaf) for leaf in leaves if _LOGIN in leaf]
    told = [" ".join([one["e"], *one.get("factors", [one.get("factor")])]) for one in entries]
    expected = "drop.login key code" if step.code == "right" else "drop.login-refused code"
    stage.chronicle.expect("how VUTG came in", expected, ", ".join(told))


def _tell(
    stage: Stage, name: str, content: bytes, outcome: str, receipt: Mapping[str, Any]
) -> None:
    digest = sha256(content).hexdigest()
    if receipt:
        stage.chronicle.files[f"{VUTG}/{name}"] = digest
    stage.chronicle.tell(
        "upload", by=VUTG, flow=PAYMENTS, file=name, outcome=outcome, sha256=digest,
        decision=receipt.get("beslissing"), reason=receipt.get("reden"),
    )  # fmt: skip
    stage.chronicle.counts["upload", PAYMENTS, outcome] += 1
