"""The contact centre 1700: a citizen asks, is identified, the file is looked into, and an answer leaves (000)."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from consumers.agencies.mail_check import Warned, check
from consumers.agencies.mailbox import Mailbox
from consumers.answers import Answer, Answered
from consumers.contents import Identified, JobbonusFile, Question
from consumers.errand import Errand
from consumers.wire_rest import Stated
from gateway.contracts.clock import Clock
from gateway.contracts.insz import Insz

Channel = Literal["telefoon", "e-mail"]


class AccessDenied(Exception):
    """LAW: 000 art. 6 - only by eID or digital key, in one's own name."""


class NotConfirmed(Exception):
    """A mail holds what may not be kept, and nobody said that it must leave all the same."""


class FileService(Protocol):
    """What is asked of the gateway; the REST client does it."""

    def open_question(
        self, insz: Insz | str, question: str, channel: str, errand: Errand
    ) -> Answer[Question]:
        """Put the citizen's question."""
        ...

    def identify(self, key: str, stated: Stated, errand: Errand) -> Answer[Identified]:
        """Have what the citizen states compared."""
        ...

    def look(self, key: str, errand: Errand) -> Answer[JobbonusFile]:
        """See the file."""
        ...


@dataclass(frozen=True, slots=True)
class Clerk:
    """Somebody at a desk of the contact centre, and how they logged in."""

    insz: str
    authentication: Literal["eid", "digital-key", "password"]

    def errand(self) -> Errand:
        """What the clerk states to the gateway.

        Raises:
            AccessDenied: a password is not enough.
        """
        if self.authentication == "password":
            raise AccessDenied("log in with eID or a digital key")
        return Errand(clerk=self.insz, authentication=self.authentication)


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail answer before it leaves, with what it should not hold."""

    question: str
    answer: str
    warned: tuple[Warned, ...]
    warned_of_question: tuple[Warned, ...]

    @property
    def is_clean(self) -> bool:
        """Whether it can leave as it is."""
        return not (self.warned or self.warned_of_question)


@dataclass(slots=True)
class Conversation:
    """One question of one citizen. What is seen stays in memory, while the sight lasts, and nowhere else."""

    gateway: FileService
    clock: Clock
    errand: Errand
    key: str
    question: str
    _sight: Answered[Identified] | None = None
    _seen: JobbonusFile | None = field(default=None, repr=False)

    def identify(self, stated: Stated) -> Answer[Identified]:
        """Have what the citizen states compared; a no says no more than no."""
        answer = self.gateway.identify(self.key, stated, self.errand)
        is_known = isinstance(answer, Answered) and answer.content.is_identified
        self._sight = answer if is_known and isinstance(answer, Answered) else None
        return answer

    def look(self) -> Answer[JobbonusFile]:
        """See the file; the gateway refuses where the citizen is not identified."""
        answer = self.gateway.look(self.key, self.errand)
        self._seen = answer.content if isinstance(answer, Answered) else None
        return answer

    def draft(self, answer: str) -> Draft:
        """A mail answer, checked for what it should not hold."""
        seen = self.seen
        return Draft(self.question, answer, check(answer, seen), check(self.question, seen))

    def forget(self) -> None:
        """The conversation is over."""
        self._seen = self._sight = None

    @property
    def seen(self) -> JobbonusFile | None:
        """The file that was seen, as long as it may be."""
        until = self._sight.content.until if self._sight else None
        if until is None or self.clock.now() >= until:
            self.forget()
        return self._seen


@dataclass(frozen=True, slots=True)
class ContactCentre:
    """The desk. `mailbox` is the one place where anything is kept."""

    gateway: FileService
    mailbox: Mailbox
    clock: Clock

    def take(
        self, clerk: Clerk, insz: str, question: str, channel: Channel
    ) -> Answer[Conversation]:
        """A citizen asks, by telephone or mail.

        Raises:
            AccessDenied: the clerk logged in too weakly.
        """
        errand = clerk.errand()
        opened = self.gateway.open_question(insz, question, channel, errand)
        if not isinstance(opened, Answered):
            return opened
        conversation = Conversation(self.gateway, self.clock, errand, opened.content.key, question)
        return Answered(
            content=conversation,
            reference=opened.reference,
            decision=opened.decision,
            protocol=opened.protocol,
            retention=opened.retention,
        )

    def send(self, clerk: Clerk, draft: Draft, *, is_confirmed: bool = False) -> int:
        """Send a mail answer and keep it; its key in the mailbox.

        Raises:
            AccessDenied: the clerk logged in too weakly.
            NotConfirmed: it holds what may not be kept, and nobody confirmed it.
        """
        clerk.errand()
        if not draft.is_clean and not is_confirmed:
            kinds = sorted({one.kind for one in (*draft.warned, *draft.warned_of_question)})
            raise NotConfirmed(f"the mail holds: {', '.join(kinds)}")
        return self.mailbox.keep(draft.question, draft.answer)


def answer_of(file: JobbonusFile) -> str:
    """What a citizen is told: the status, and whether everything is there to pay. No figures."""
    has_account = file.account is not None
    known = (
        "is gekend" if has_account else "is nog niet gekend; registreer het via Mijn Burgerprofiel"
    )
    return f"De status van uw dossier: {file.status}. Uw rekeningnummer {known}."
