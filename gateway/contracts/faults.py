"""What goes wrong on a line, as one tree of exceptions that carry their grounds.

GatewayFault            anything that ends a line early, with its grounds
├── RefusedFault        the law or the caller's own words stand in the way
├── SourceFault         an authentic source did not answer, or not readably
└── LogUnavailable      no entry can be written, so nothing may leave
    └── LogBroken       the log on disk does not add up, so nothing may be added to it
"""

from dataclasses import dataclass, replace

from gateway.contracts.reasons import CITED_BY_THE_PLATFORM, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One reason, where it stands in the law, and how to mend it. Never personal data.

    `element` names the place in the message (`insz`, `periode.begin`) for content errors, and `part` the
    part of an HTTP request that it stands in: `body`, `header`, `path` or `query`.
    """

    reason: Reason
    article: str | None = None
    detail: str = ""
    remedy: str = ""
    element: str | None = None
    part: str = "body"

    @property
    def cited(self) -> str | None:
        """The article it rests on: its own, or that of the platform's duty to keep data safe."""
        return self.article or CITED_BY_THE_PLATFORM.get(self.reason)


@dataclass(frozen=True, slots=True)
class Refusal:
    """No: all the grounds of the first stage that failed, and the protocol they come from.

    `protocol` is a reference such as `004@1.0.0`, or `None` where no protocol had a say;
    `retry_after` the seconds after which the same question may do better.
    """

    grounds: tuple[Ground, ...]
    protocol: str | None = None
    retry_after: int | None = None

    @property
    def reason(self) -> Reason:
        """The first ground's reason, the one that the wire shows on top."""
        return self.grounds[0].reason

    def under(self, protocol: str, article: str) -> "Refusal":
        """The same, citing these wherever it cited nothing: what went wrong under a protocol."""
        grounds = tuple(g if g.article else replace(g, article=article) for g in self.grounds)
        return replace(self, grounds=grounds, protocol=self.protocol or protocol)


class GatewayFault(Exception):
    """Ends a line early. `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.reason.value)


class RefusedFault(GatewayFault):
    """The law, or what the caller sent, stands in the way."""


class SourceFault(GatewayFault):
    """An authentic source did not answer, or not readably."""


ASK_AGAIN_S = 2
"""The seconds after which the log may well be there again."""


class LogUnavailable(GatewayFault):
    """The log cannot be written; nothing leaves."""

    def __init__(self) -> None:
        super().__init__(
            Refusal(
                (
                    Ground(
                        reason=Reason.LOG_UNAVAILABLE,
                        detail="the log cannot be written, so nothing may be answered",
                        remedy=f"ask again in {ASK_AGAIN_S} s; nothing was done",
                    ),
                ),
                retry_after=ASK_AGAIN_S,
            )
        )


class LogBroken(LogUnavailable):
    """The log on disk does not add up; nothing is added to it."""

    def __str__(self) -> str:
        return "the log does not add up; `magda-sim audit verify` tells where"


def refuse(
    reason: Reason,
    detail: str = "",
    *,
    remedy: str = "",
    element: str | None = None,
    article: str | None = None,
) -> RefusedFault:
    """A fault with one ground and no protocol, to be raised."""
    ground = Ground(reason=reason, article=article, detail=detail, remedy=remedy, element=element)
    return RefusedFault(Refusal((ground,)))
