"""What an answer says about itself on either wire: how long it may be kept, or that nothing may keep it."""

from gateway.domain.decision import Permit
from gateway.domain.decision_terms import ObligationKind


def labels(permit: Permit) -> tuple[tuple[str, str], ...]:
    """The headers that discharge the permit's duties to label, on SOAP and REST alike."""
    found = []
    for obligation in permit.candidate.obligations:
        if obligation.kind is ObligationKind.RETENTION:
            found.append(("Sim-Retention", f"{obligation.value} ({obligation.article})"))
        elif obligation.kind is ObligationKind.NO_STORE:
            found.append(("Cache-Control", "no-store"))
    return tuple(found)
