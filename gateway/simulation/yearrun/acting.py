"""What parties do to a protocol in a run, what providers are told, erasures, and strangers at the door."""

from datetime import datetime, time
from hashlib import sha256
from typing import Any

import httpx

from gateway.domain.erasure import ErasureGround
from gateway.domain.legal_day import legal_day, local_instant
from gateway.flows.erasure import Request
from gateway.simulation.units import UNITS
from gateway.simulation.yearrun.forms import ANSWERED, AS_WORLD
from gateway.simulation.yearrun.stage import Stage
from gateway.simulation.yearrun.steps import Act, Erase, Provide, Stranger

_NOTICE = "opzegging"
_TRANSACTIONS = "/v1/werk/jobbonusplus-verrichtingen/bevraging"


def act(stage: Stage, step: Act) -> None:
    """An act, as the party's own unit where it has one, else at the control desk in its name."""
    answer = _sent(stage, step)
    told: dict[str, Any] = answer.json()
    outcome = ANSWERED if answer.is_success else str(told["reason"])
    stage.chronicle.tell(
        "act", by=step.by, what=step.kind, about=step.party, flow=step.flow, outcome=outcome,
        protocol=answer.headers.get("sim-protocol"), decision=answer.headers.get("sim-decision"),
        article=told.get("artikel") or told.get("article"), act=told.get("gebeurtenis"),
    )  # fmt: skip
    stage.chronicle.counts["act", step.kind, outcome] += 1
    expected = ANSWERED if step.expect == AS_WORLD else step.expect
    stage.chronicle.expect(f"{step.by} {step.kind}", expected, outcome)
    if answer.is_success:
        _done(stage, step, told)


def provide(stage: Stage, step: Provide) -> None:
    """A simulated provider delivers by itself, or not."""
    stage.exchange.space.automatic[step.party] = step.automatic
    stage.chronicle.tell("provider", by=step.party, what=f"automatic: {step.automatic}")


def erase(stage: Stage, step: Erase) -> None:
    """The log forgets somebody, or says which law keeps the rows."""
    (insz,) = stage.cast.numbers([step.who])
    document = None if step.ground == "request" else _digest(step.id)
    request = Request(insz, ErasureGround(step.ground), step.by, document)
    done = stage.exchange.space.gateway.erasure.ask(request)
    outcome = "erased" if done.is_erased else "kept"
    if done.is_erased:
        stage.asked.pop(insz, None)
    stage.chronicle.tell(
        "erasure", by=step.by, what=step.ground, about=step.who, outcome=outcome,
        decision=done.decision, article=", ".join(done.articles), count=done.count,
    )  # fmt: skip
    stage.chronicle.expect("erasure", step.expect, outcome, step.who)


def stranger(stage: Stage, step: Stranger) -> None:
    """Somebody without a credential, or with one that does not count."""
    (insz,) = stage.cast.numbers([step.who])
    token = "nobody" if step.shows_token else None
    answer = stage.exchange.post(_TRANSACTIONS, {"insz": insz}, token)
    outcome = ANSWERED if answer.is_success else str(answer.json()["reason"])
    stage.chronicle.tell(
        "call", by="stranger", what="transactions", about=step.who, outcome="refused",
        reason=outcome, decision=answer.headers.get("sim-decision"),
    )  # fmt: skip
    stage.chronicle.counts["call", "transactions", "refused"] += 1
    stage.chronicle.expect("stranger", step.expect, outcome, step.who)


def _sent(stage: Stage, step: Act) -> httpx.Response:
    unit = next((unit.key for unit in UNITS if unit.key == step.by), None)
    space = stage.exchange.space
    token = stage.exchange.token(unit) if unit else space.control_token
    body: dict[str, Any] = {
        "soort": step.kind,
        "partij": step.party,
        "stroom": step.flow,
        "stuk": _digest(step.id) if step.in_writing else None,
        "reden": step.reason,
        "betreft": stage.chronicle.acts.get(step.about or "", step.about),
        "op": local_instant(step.found, time(9)).isoformat() if step.found else None,
        "door": None if unit else step.by,
    }
    path = f"/v1/protocollen/{step.protocol}/gebeurtenissen"
    answer = stage.exchange.post(path, body, token)
    space.settle()
    return answer


def _done(stage: Stage, step: Act, told: dict[str, Any]) -> None:
    """Remember the act, and what it means for files."""
    stage.chronicle.acts[step.id] = told["gebeurtenis"]
    effective = datetime.fromisoformat(told["van_kracht"])
    if step.takes_effect is not None:
        stage.chronicle.expect("takes effect", str(step.takes_effect), str(legal_day(effective)))
    if step.kind == _NOTICE and step.protocol == "001":
        stage.gone[step.by] = effective


def _digest(text: str) -> str:
    """The digest of an invented document."""
    return f"sha256:{sha256(text.encode()).hexdigest()}"
