"""Why a signature does not hold."""


class SignatureFlaw(Exception):
    """It does not hold, and why; the text repeats nothing of the message."""


def require(holds: bool, flaw: str) -> None:  # noqa: FBT001  it is what is required
    """Let it pass if it holds.

    Raises:
        SignatureFlaw: it does not.
    """
    if not holds:
        raise SignatureFlaw(flaw)
