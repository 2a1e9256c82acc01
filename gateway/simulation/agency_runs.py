"""One run of each small agency, told as facts that a command can print."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from consumers.agencies.contact_centre import Channel, Clerk, Conversation, Draft, answer_of
from consumers.agencies.deletion_proof import (
    BUDGETS,
    GRANT_FILES,
    MAILS,
    PAYER_RECORDS,
    DeletionProofs,
    Rule,
)
from consumers.agencies.family_income import FamilyIncome
from consumers.agencies.study_grant import StudyYear
from consumers.answers import Answered, require
from consumers.collector import Collection
from consumers.wire_rest import Stated
from gateway.simulation.agencies import (
    MUTATIONS,
    YEARLY_LIST,
    care_insurance,
    collect,
    contact_centre,
    payer,
    study_grants,
)
from gateway.simulation.desk import Desk

Told = Mapping[str, Any]
CLERK = Clerk("82722401041", "eid")


def count_household(
    desk: Desk, folder: Path, file: str, year: StudyYear, people: Sequence[str]
) -> Told:
    """AHOVOKS opens a grant file and counts its household."""
    with study_grants(desk, folder) as agency:
        purged = agency.purge()
        shown = show_deletions(desk, folder, GRANT_FILES, purged)
        agency.open(file, year, people)
        household = agency.count(file)
    return {
        "file": file,
        "study_year": str(year),
        "points": household.points,
        "members": [
            {"insz": one.insz, "points": one.points, "because": one.because}
            for one in household.members
        ],
        "purged": purged,
        "shown": shown,
    }


def follow_payments(
    desk: Desk, folder: Path, family: str, people: Sequence[str], income: tuple[int, Decimal] | None
) -> Told:
    """A payer collects, asks about who is announced, and reckons an income of a fiscal year."""
    collection, inbox = collect(desk, folder, MUTATIONS)
    with payer(desk, folder) as agency:
        purged = agency.purge()
        shown = show_deletions(desk, folder, PAYER_RECORDS, purged)
        if people:
            agency.take_on(family, people)
        announced, asked = agency.take_in(inbox), agency.ask()
        if income is not None:
            agency.records.declare(family, *income)
        reckoned = _income(agency.income(family, income[0])) if income else None
    return {
        **collected(collection),
        "announced": announced,
        "answered": asked.answered,
        "refused": [str(one) for one in asked.refused],
        "income": reckoned,
        "purged": purged,
        "shown": shown,
    }


def answer_citizen(
    desk: Desk, folder: Path, insz: str, stated: Stated, mail: str | None, *, is_confirmed: bool
) -> Told:
    """The contact centre identifies a citizen and answers, by telephone or with this mail."""
    channel: Channel = "telefoon" if mail is None else "e-mail"
    with contact_centre(desk, folder) as agency:
        purged = agency.mailbox.purge()
        shown = show_deletions(desk, folder, MAILS, purged)
        question = "Hoe staat het met mijn jobbonus?"
        conversation = require(agency.take(CLERK, insz, question, channel))
        known = require(conversation.identify(stated)).is_identified
        told = _look(conversation) if known else {"answer": None, "refused": None}
        if mail is not None and told["answer"] is not None:
            draft = conversation.draft(mail or told["answer"])
            sent = draft.is_clean or is_confirmed
            key = agency.send(CLERK, draft, is_confirmed=is_confirmed) if sent else None
            told = {**told, **_mailed(draft, key)}
        conversation.forget()
        kept = len(agency.mailbox.all())
    return {"question": conversation.key, "identified": known, **told, "kept": kept,
            "purged": purged, "shown": shown}  # fmt: skip


def judge_member(
    desk: Desk, folder: Path, insz: str, opening: tuple[date, str | None] | None, year: int | None
) -> Told:
    """AVSB collects the yearly list, judges a budget that opens on a day, and decides a premium."""
    collection, inbox = collect(desk, folder, YEARLY_LIST)
    with care_insurance(desk, folder) as agency:
        purged = agency.purge()
        shown = show_deletions(desk, folder, BUDGETS, purged)
        lists = agency.take_in(inbox)
        judged = agency.apply(insz, *opening) if opening else None
        decided = agency.premium(insz, year, is_entitled_otherwise=True) if year else None
    return {
        **collected(collection),
        "lists": list(lists.taken),
        "lists_refused": list(lists.refused),
        "budget": judged and {"condition": judged.condition, "because": judged.because},
        "premium": decided
        and {"year": decided.year, "premium": decided.premium, "because": decided.because},
        "purged": purged,
        "shown": shown,
    }


def pass_list_on(desk: Desk, folder: Path, year: int) -> Told:
    """AVSB has the list of a year passed on to the care funds."""
    with care_insurance(desk, folder) as agency:
        passed = require(agency.pass_on(year))
    return {"delivery": passed.key, "year": year, "funds": passed.funds}


def show_deletions(desk: Desk, folder: Path, rule: Rule, count: int) -> Sequence[str]:
    """What was deleted on its term is shown as evidence under the protocol; the acts that it became."""
    proofs = DeletionProofs(folder / "deletions", rule, desk.clock)
    proofs.note(count)
    with desk.rest() as gateway:
        return proofs.hand_over(gateway)


def collected(collection: Collection) -> Told:
    """What a round at the drop server brought."""
    return {
        "files": list(collection.kept),
        "missing": list(collection.missing),
        "troubles": [f"{one.name}: {one.wrong} ({one.detail})" for one in collection.troubles],
    }


def _income(income: FamilyIncome) -> Told:
    return {
        "fiscal_year": income.fiscal_year,
        "declared": str(income.declared),
        "net_bonus": str(income.net_bonus),
        "deducted": str(income.deducted),
        "counted": str(income.counted),
        "doubts": [one.value for one in income.doubts],
    }


def _look(conversation: Conversation) -> Told:
    seen = conversation.look()
    if isinstance(seen, Answered):
        return {"answer": answer_of(seen.content), "refused": None}
    return {"answer": None, "refused": str(seen)}


def _mailed(draft: Draft, key: int | None) -> Told:
    warned = sorted({one.kind.value for one in (*draft.warned, *draft.warned_of_question)})
    return {"answer": draft.answer, "warned": warned, "mail": key}
