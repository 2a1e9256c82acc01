"""Does what the small agencies do: their own code, at their own desks, in folders of their own."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consumers.agencies.contact_centre import Clerk, Draft
from consumers.agencies.mail_check import check
from consumers.agencies.store import Store
from consumers.agencies.study_grant import StudyYear
from consumers.inbox import Inbox
from gateway.contracts.clock import Clock
from gateway.simulation.agencies import care_insurance, collect, contact_centre, payer, study_grants
from gateway.simulation.desk import Desk
from gateway.simulation.library import agency_acts as acts
from gateway.simulation.library.acts import CLERK
from gateway.simulation.library.said import Said
from gateway.simulation.library.stage import Scene

if TYPE_CHECKING:
    from consumers.agencies.zele import Municipality

_MUTATIONS, _LIST, _PAYMENTS = "jobbonusplus-mutaties", "inburgering-jaarlijst", "zele-betaalbestand"  # fmt: skip
_GRANTS, _CARE, _CENTRE, _ZELE = "ahovoks-studietoelagen", "avsb", "dv-cc1700", "zele-financien"
_FILE, _FAMILY, _ACCOUNT = "file", "family", "BE71096123456769"


@dataclass(frozen=True, slots=True)
class Still:
    """Implements `gateway.contracts.clock.Clock`: an agency's clock that shows one instant."""

    at: datetime

    def now(self) -> datetime:
        """That instant."""
        return self.at


class AgencyDoing:
    """The agencies of a scenario."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.verbs: Mapping[str, Callable[[Any], Said]] = {
            "household": self._household, "family_income": self._family_income,
            "premium": self._premium, "budget": self._budget, "mail": self._mail,
            "payments": self._payments, "purge": self._purge,
        }  # fmt: skip

    def _at(self, unit: str) -> tuple[Desk, Path, Clock]:
        """A desk, a folder and the space's clock."""
        room = self._scene.here
        folder = Path(str(room.ready["data"])) / "agencies" / unit
        folder.mkdir(parents=True, exist_ok=True)
        return Desk(room.ready, unit), folder, room.space.clock

    def _household(self, act: acts.Household) -> Said:
        with study_grants(*self._at(_GRANTS)) as agency:
            agency.open(_FILE, StudyYear(act.study_year), self._numbers(act.people))
            counted = agency.count(_FILE)
        day = StudyYear(act.study_year).reference_day
        return Said(body={"points": counted.points, "day": day.isoformat()})

    def _family_income(self, act: acts.FamilyIncome) -> Said:
        desk, folder, clock = self._at(act.unit)
        with payer(desk, folder, clock) as agency:
            agency.take_on(_FAMILY, self._numbers(act.people))
            agency.records.declare(_FAMILY, act.year, Decimal(act.declared))
            collect(desk, folder, _MUTATIONS)
            announced = agency.take_in(Inbox(folder / "inbox", _MUTATIONS))
            answered = agency.ask().answered
            income = agency.income(_FAMILY, act.year)
        return Said(body={"announced": announced, "answered": answered,
                          "counted": str(income.counted), "deducted": str(income.deducted)})  # fmt: skip

    def _premium(self, act: acts.Premium) -> Said:
        desk, folder, clock = self._at(_CARE)
        with care_insurance(desk, folder, clock) as agency:
            _, inbox = collect(desk, folder, _LIST)
            agency.take_in(inbox)
            who = self._scene.number(act.about)
            decided = agency.premium(who, act.year, is_entitled_otherwise=True)
        return Said(body={"premium": decided.premium.value})

    def _budget(self, act: acts.Budget) -> Said:
        with care_insurance(*self._at(_CARE)) as agency:
            who = self._scene.number(act.about)
            judged = agency.apply(who, act.opened)
            if act.ended is not None:
                agency.end(who, act.opened, act.ended)
        return Said(body={"condition": judged.condition.value})

    def _mail(self, act: acts.Mail) -> Said:
        draft = Draft("Hoe ver staat het?", act.text, check(act.text), ())
        with contact_centre(*self._at(_CENTRE)) as agency:
            agency.send(Clerk(CLERK, "eid"), draft, is_confirmed=True)
        return Said(body={"warned": sorted({one.kind.value for one in draft.warned})})

    def _payments(self, act: acts.Payments) -> Said:
        desk, folder, clock = self._at(act.unit)
        _, inbox = collect(desk, folder, _PAYMENTS, "zele")
        with _municipality(desk, folder, clock) as agency:
            taken = agency.take_in(inbox)
        return Said(body={"files": len(taken.files), "wrong": list(taken.wrong)})

    def _purge(self, act: acts.Purge) -> Said:
        does: Mapping[str, Callable[[Clock], int]] = {
            "study-grants": self._purge_grants, "care-insurance": self._purge_advice,
            "contact-centre": self._purge_mail, "municipality": self._purge_copies,
        }  # fmt: skip
        return Said(body={"gone": does[act.agency](Still(act.at))})

    def _purge_grants(self, clock: Clock) -> int:
        with study_grants(*self._at(_GRANTS)[:2], clock) as agency:
            return agency.purge()

    def _purge_advice(self, clock: Clock) -> int:
        with care_insurance(*self._at(_CARE)[:2], clock) as agency:
            return agency.purge()

    def _purge_mail(self, clock: Clock) -> int:
        with contact_centre(*self._at(_CENTRE)[:2], clock) as agency:
            return agency.mailbox.purge()

    def _purge_copies(self, clock: Clock) -> int:
        with _municipality(*self._at(_ZELE)[:2], clock) as agency:
            return agency.purge()

    def _numbers(self, people: list[str]) -> list[str]:
        return [self._scene.number(who) for who in people]


@contextmanager
def _municipality(desk: Desk, folder: Path, clock: Clock) -> Iterator["Municipality"]:
    """NOTE: these need the extra `payments`, which other scenarios do not."""
    from consumers.agencies import payment_copies  # noqa: PLC0415  idem
    from consumers.agencies.zele import Municipality, debtor  # noqa: PLC0415  idem

    with Store(folder / "payments.db", payment_copies.SCHEMA) as store, desk.rest() as gateway:
        payer_account = debtor("Gemeente Zele", _ACCOUNT)
        copies = payment_copies.PaymentCopies(store)
        yield Municipality(gateway, copies, clock, payer_account)
