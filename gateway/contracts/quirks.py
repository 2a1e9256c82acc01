"""Ways in which answers of the real platform differ from its own descriptions, each to be turned on."""

from enum import StrEnum


class Quirk(StrEnum):
    """One oddity that clients meet in production (`magda.md` 1.2-1.6, 8)."""

    QUALIFIED_NAME = "qualified-name"
    NO_MILLISECONDS = "no-milliseconds"
    NO_SENDER_NAME = "no-sender-name"
    FAULT_STATUS_200 = "fault-status-200"
    FAULT_CODE_SERVER = "fault-code-server"
    SUBJECT_AT_LEVEL_2 = "subject-at-level-2"
    SCHEMA_AT_LEVEL_2 = "schema-at-level-2"


Quirks = frozenset[Quirk]


def parse_quirks(text: str) -> Quirks:
    """Quirks from `no-milliseconds,qualified-name`.

    Raises:
        ValueError: one of them is unknown.
    """
    try:
        return frozenset(Quirk(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError(f"quirks are: {', '.join(Quirk)}") from None
