"""What an answer says about itself on either wire: how long it may be kept, or that nothing may keep it."""

from collections.abc import Iterable, Iterator

from gateway.domain.decision import Permit
from gateway.domain.decision_terms import Obligation, ObligationKind

Labels = tuple[tuple[str, str], ...]


def labels(permit: Permit) -> Labels:
    """The headers that discharge the permit's duties to label, on SOAP and REST alike."""
    chosen = permit.candidate
    told: Labels | None = chosen.worked_out.get(labels)
    if told is None:
        told = chosen.worked_out[labels] = tuple(_labels(chosen.obligations))
    return told


def _labels(obligations: Iterable[Obligation]) -> Iterator[tuple[str, str]]:
    for obligation in obligations:
        if obligation.kind is ObligationKind.RETENTION:
            yield "Sim-Retention", f"{obligation.value} ({obligation.article})"
        elif obligation.kind is ObligationKind.NO_STORE:
            yield "Cache-Control", "no-store"
