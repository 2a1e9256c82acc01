"""What a further space may be called: it stands in addresses, account names, and on disk."""

import re

from gateway.adapters.operation.redaction import holds_number
from gateway.contracts.faults import RefusedFault, refuse
from gateway.contracts.reasons import Reason

LONGEST = 32
PATTERN = rf"[a-z0-9]([a-z0-9-]{{0,{LONGEST - 2}}}[a-z0-9])?"


def require_name(name: str) -> None:
    """Let a name pass.

    Raises:
        RefusedFault: `message-invalid`.
    """
    if re.fullmatch(PATTERN, name) is None:
        raise invalid_id(
            "this cannot be the name of a space",
            f"take 1 to {LONGEST} lower-case letters, digits and hyphens, none at either end",
        )
    if holds_number(name):
        raise invalid_id("it holds a person's number", "take a name that says nothing of a person")


def invalid_id(detail: str, remedy: str) -> RefusedFault:
    """What is wrong with the name that was given."""
    return refuse(Reason.MESSAGE_INVALID, f"id: {detail}", element="id", remedy=remedy)


def no_such_space() -> RefusedFault:
    """Nothing stands under the name that was given."""
    return refuse(
        Reason.SERVICE_UNKNOWN,
        "there is no space of this name",
        remedy="`GET /_sim/spaces` lists those that are there",
    )


def name_taken() -> RefusedFault:
    """What to tell who gives a name that another space has."""
    return invalid_id("there is a space of this name", "delete or reset it, or take another name")


def too_many(most: int) -> RefusedFault:
    """What to tell who makes more spaces than a process holds."""
    return invalid_id(f"this process holds {most} further spaces at most",
                      "delete one that is done with, or start with MAGDA_SIM_SPACES larger")  # fmt: skip


def default_stays() -> RefusedFault:
    """What to tell who deletes the default space."""
    return invalid_id("the default space ends with the process", "reset it, or stop the process")
