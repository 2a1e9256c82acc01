"""What comes back from the gateway, the same over SOAP and REST: an answer or a refusal, both values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One reason of a refusal. `code` is MAGDA's own; a real platform tells no more than `title`.

    The simulator adds a stable `reason`, the `article` it rests on, and how to mend it (`remedy`).
    """

    code: str | None
    title: str
    reason: str | None = None
    detail: str = ""
    article: str | None = None
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    """A place in the question that is wrong: `place` is `body` or `header`, `name` the member."""

    place: str
    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning beside an answer, such as 30004 (the number was replaced); `words` come with it."""

    code: str
    title: str
    reason: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Withheld:
    """A field that was asked and that the protocol does not list, with the article that says so."""

    name: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Generic[T_co]):
    """Yes. `reference` is the question's own; `decision` and `retention` are the simulator's."""

    content: T_co
    reference: str
    notices: tuple[Notice, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    decision: str | None = None
    protocol: str | None = None
    retention: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """No, with every ground. `is_temporary` says that the same question may be answered later.

    `status` is that of HTTP, which differs between the wires and is not compared.
    """

    grounds: tuple[Ground, ...]
    reference: str | None = None
    issues: tuple[Issue, ...] = ()
    decision: str | None = None
    protocol: str | None = None
    is_temporary: bool = False
    retry_after_s: float | None = None
    status: int | None = field(default=None, compare=False)

    @property
    def first(self) -> Ground:
        """The ground that the wire shows on top."""
        return self.grounds[0]

    @property
    def code(self) -> str | None:
        """MAGDA's code of the first ground, such as `13202`: the one thing every platform tells."""
        return self.first.code

    @property
    def reason(self) -> str | None:
        """The simulator's reason of the first ground, such as `not-registered`."""
        return self.first.reason

    def __str__(self) -> str:
        said = f"{self.code or self.status or '-'} {self.first.title}"
        cited = " ".join(filter(None, (self.protocol, self.first.article)))
        return f"{said} ({cited})" if cited else said


Answer: TypeAlias = Answered[T] | Refused


class QuestionRefused(Exception):
    """A refusal, for who would rather have an exception. `refused` is the value."""

    def __init__(self, refused: Refused) -> None:
        self.refused = refused
        super().__init__(str(refused))


def require(answer: Answer[T]) -> T:
    """The content of an answer.

    Raises:
        QuestionRefused: it is a refusal.
    """
    if isinstance(answer, Refused):
        raise QuestionRefused(answer)
    return answer.content
