"""Two engines, one law: whatever the history and the question, Cedar and the gateway say the same."""

import os
from collections import Counter
from random import Random

import cedarpy
import pytest

from gateway.contracts.faults import Refusal
from gateway.domain.decision import Permit
from gateway.domain.services import REGISTRATION_FLOW
from tests.differential.cedar import SCHEMA, STAGES, SecondEngine
from tests.generators import Asked, Dice, Scene, a_scene, bundle_of, outcome
from tests.texts import VARIANTS, law

SIZE = 6
REQUESTS = int(os.environ.get("MAGDA_SIM_REQUESTS", "1000"))
SEED = os.environ.get("MAGDA_SIM_SEED", "1")
NIGHTLY = 100_000
SHARES = 2 if REQUESTS >= NIGHTLY else 1
"""At night the questions are shared by two processes, each with its own dice."""
STAGE_OF = {
    reason: stage
    for stage, reasons in {
        "reach": ("no-protocol",),
        "agreement": (
            "protocol-not-in-force", "protocol-ended", "protocol-suspended", "flow-not-open",
            "instrument-not-active", "unit-not-listed", "unit-refused", "purpose-not-agreed",
            "purpose-required", "case-required",
        ),
        "person": ("authentication-too-weak", "training-missing", "duties-not-separated"),
        "content": ("insz-invalid",),
        "listed": ("nothing-permitted", "field-not-listed"),
        "rhythm": ("outside-window", "quota-spent"),
        "facts": ("not-registered", "no-open-question", "not-identified", "session-over",
                  "not-a-member", "right-ended"),
    }.items()
    for reason in reasons
}  # fmt: skip


class Comparison:
    """Counts what was compared, so that the whole run can be judged too."""

    def __init__(self) -> None:
        self.reasons: Counter[str] = Counter()
        self.changed: set[str] = set()
        self.biting: set[str] = set()
        self.fields = 0

    def compare(self, scene: Scene) -> None:
        bundle = bundle_of(scene.law, scene.history)
        engines: dict[str, SecondEngine] = {}
        self.biting.add(scene.biting)
        for asked in scene.asked:
            flow = asked.ask.flow
            if flow not in engines:
                engines[flow] = SecondEngine(scene.law, scene.history, flow)
            self.changed.add(asked.changed)
            said = outcome(bundle, asked)
            self.reasons["permit" if isinstance(said, Permit) else said.reason.value] += 1
            if flow == REGISTRATION_FLOW:
                assert engines[flow].registers(asked) is isinstance(said, Permit)
            else:
                self._same(engines[flow], asked, said)

    def _same(self, second: SecondEngine, asked: Asked, said: Permit | Refusal) -> None:
        allowed = second.fields(asked)
        self.fields += len(asked.ask.fields)
        if isinstance(said, Permit):
            assert allowed == {said.candidate.protocol: frozenset(said.fields)}
            return
        assert allowed == {}
        stage, reasons = second.refusal(asked)
        assert {STAGE_OF[ground.reason.value] for ground in said.grounds} == {stage}
        assert {ground.reason.value for ground in said.grounds} == reasons


def run(requests: int, seed: str) -> Comparison:
    """Compare both engines on this many requests, under each law in turn. Fair dice, no shrinking."""
    seen = Comparison()
    for number in range(requests // SIZE):
        dice = Dice(Random(f"{seed}/{number}"))
        scene = a_scene(dice, VARIANTS[number % len(VARIANTS)], SIZE)
        try:
            seen.compare(scene)
        except AssertionError as error:
            error.add_note(f"seed {seed}/{number}: {scene.story()}")
            raise
    return seen


@pytest.mark.timeout(max(300, REQUESTS // 20))
@pytest.mark.parametrize("share", range(SHARES))
def test_cedar_and_the_gateway_agree_on_outcome_fields_stage_and_reasons(share: int) -> None:
    requests = REQUESTS // SHARES

    seen = run(requests, f"{SEED}-{share}")

    assert seen.reasons.total() >= requests * 0.99
    assert seen.reasons["permit"] * 3 >= seen.reasons.total()
    assert seen.fields > requests
    if requests >= 3000:
        assert {STAGE_OF[r] for r in seen.reasons if r != "permit"} == {"reach", *dict(STAGES)}
    if SHARES > 1:
        assert set(STAGE_OF) - set(seen.reasons) == set()


@pytest.mark.parametrize("name", VARIANTS)
def test_the_policies_of_every_law_are_valid_under_the_schema(name: str) -> None:
    the_law = law(name)
    for flow in sorted({cell.flow for cell in the_law.cells()} | {REGISTRATION_FLOW}):
        text = SecondEngine(the_law, (), flow).text()

        assert cedarpy.validate_policies(text, SCHEMA).errors == []
