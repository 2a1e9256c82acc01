"""The demo's story: what a newcomer should see, done by the clients that an agency would copy."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import httpx

from consumers.answers import Answer, Answered, Refused
from consumers.contents import CareAllowance
from consumers.inbox import Inbox
from consumers.references import numbered
from gateway.adapters.log import LogReader
from gateway.flows.audit_check import check_log
from gateway.simulation.agencies import collect, payer
from gateway.simulation.desk import Desk

NOOR, KARIM, ELIF = "12631400209", "90712301137", "88660602073"
FLOW = "jobbonusplus-mutaties"
UPLOAD = f"{FLOW}_2025-03-10.json"
TODAY, LAST_DAY = date(2025, 3, 10), date(2024, 12, 31)
T = TypeVar("T")


class StoryBroken(Exception):
    """Something did not go as the story tells."""


class Story:
    """Told in seven scenes. `ready` is the ready file's content, `say` prints a line."""

    def __init__(self, ready: Mapping[str, Any], say: Callable[[str], None]) -> None:
        self._ready, self._say = ready, say
        self._new_reference = numbered("story")

    def tell(self) -> None:
        """The whole story.

        Raises:
            StoryBroken: a step did not come out as told.
        """
        self._say(f"A space runs at {self._ready['http']}, its clock at {self._ready['clock']}.")
        self._refusal_and_remedy()
        self._allowed_answer()
        self._same_over_soap()
        self._no_protocol()
        self._batch_to_files()
        self._consultation_after_file()
        self._verified_log()

    def _refusal_and_remedy(self) -> None:
        self._scene("1. AHOVOKS asks about Noor's care allowance before it said it has her file")
        with self._desk("ahovoks-studietoelagen").rest() as ahovoks:
            self._show_refusal(ahovoks.care_allowance(NOOR, LAST_DAY), "not-registered")
            registered = self._answered(ahovoks.register(NOOR, TODAY))
        self._expect(registered.content.result == 1, "the registration succeeds")
        self._say(f"   it registers her: resultaat 1  ({registered.decision})")

    def _allowed_answer(self) -> None:
        self._scene("2. The same question again, now allowed by protocol 004")
        with self._desk("ahovoks-studietoelagen").rest() as ahovoks:
            answer = self._answered(ahovoks.care_allowance(NOOR, LAST_DAY, wants_application=True))
        self._say(f"   {_told(answer.content)}")
        names = ", ".join(one.name for one in answer.withheld)
        self._say(f"   withheld under {answer.withheld[0].article}: {names}")
        self._say(f"   decision {answer.decision}, protocol {answer.protocol}")

    def _same_over_soap(self) -> None:
        self._scene("3. The same over SOAP: the law leaves the same, in the wire's own elements")
        with self._desk("ahovoks-studietoelagen").soap() as ahovoks:
            answer = self._answered(ahovoks.care_allowance(NOOR, LAST_DAY))
        (recognition,) = answer.content.recognitions
        self._expect(recognition.pillar1 is not None, "SOAP gives the points in pillar 1")
        self._expect(recognition.pillar2 is None, "and nothing of pillar 2")
        self._say(f"   {_told(answer.content)}; decision {answer.decision}")

    def _no_protocol(self) -> None:
        self._scene("4. The municipality of Zele asks the same webservice")
        with self._desk("zele-financien").rest() as zele:
            self._show_refusal(zele.care_allowance(NOOR, LAST_DAY), "no-protocol")

    def _batch_to_files(self) -> None:
        self._scene(
            "5. VUTG and Infino register Karim; a day passes; WEWIS uploads its batch by SFTP"
        )
        for unit, persons in (("vutg-rechten", (KARIM, ELIF)), ("infino", (KARIM,))):
            with self._desk(unit).rest() as agency:
                for person in persons:
                    self._answered(agency.register(person, TODAY))
        for job in self._advance()["jobs"]:
            self._say(f"   {job['at']}  {job['job']}  {job['party']}  {job['outcome']}")
        with self._desk("wewis").sftp() as wewis:
            receipt = json.loads(wewis.receipt(UPLOAD))
        told = ", ".join(f"{one['afnemer']} {one['status']}" for one in receipt["afnemers"])
        self._say(f"   receipt {receipt['batch']} {receipt['status']}: {told}")
        self._expect(self._collect("vutg-rechten") == [ELIF, KARIM], "VUTG finds its two")
        self._expect(self._collect("infino") == [KARIM], "Infino finds its one")
        self._expect(self._collect("parentia") == [], "Parentia finds an empty list")

    def _collect(self, unit: str) -> list[str]:
        """What a consumer finds in its folder: verified by its signed manifest, then acknowledged."""
        collection, inbox = collect(self._desk(unit), self._folder(unit), FLOW)
        self._expect(not collection.troubles, "the file is what its manifest tells")
        (name,) = collection.kept
        found = list(inbox.read(name).insz)
        self._say(f"   {unit} collects {name}: {len(found)} persons, verified, acknowledged")
        return found

    def _consultation_after_file(self) -> None:
        self._scene(
            "6. Infino asks what was paid to Karim, and takes it out of his family's income"
        )
        desk, folder = self._desk("infino"), self._folder("infino")
        with payer(desk, folder) as infino:
            infino.take_on("family of Karim", [KARIM])
            infino.records.declare("family of Karim", 2024, Decimal("24000.00"))
            self._expect(infino.take_in(Inbox(folder / "inbox", FLOW)) == 1, "Karim is announced")
            self._expect(infino.ask().answered == 1, "the question is answered")
            income = infino.income("family of Karim", 2024)
            (paid,) = infino.records.movements("family of Karim")
        self._say(
            f"   {paid.amount} euro on {paid.effective_on} for fiscal year {paid.fiscal_year}"
        )
        self._say(f"   {income.declared} less {income.deducted} counts for {income.counted}")

    def _verified_log(self) -> None:
        self._scene("7. The log: every answer, refusal and file above has its entry")
        reader = LogReader(Path(self._ready["data"]) / "log.db")
        verdict = check_log(reader)
        reader.close()
        self._expect(verdict.ok, "the log verifies")
        self._say(f"   {verdict.size} entries, root {verdict.root}: verified")

    def _advance(self) -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {self._ready['control_token']}"}
        url = f"{self._ready['control']}/clock/advance"
        moved: dict[str, Any] = httpx.post(
            url, json={"days": 1}, headers=headers, timeout=60, trust_env=False
        ).json()
        self._say(f"   the clock goes from {moved['from']} to {moved['to']}")
        return moved

    def _folder(self, unit: str) -> Path:
        return Path(self._ready["data"]) / "agencies" / unit

    def _desk(self, unit: str) -> Desk:
        return Desk(self._ready, unit, self._new_reference)

    def _answered(self, answer: Answer[T]) -> Answered[T]:
        """The answer.

        Raises:
            StoryBroken: it is a refusal.
        """
        if isinstance(answer, Refused):
            raise StoryBroken(f"an answer, and not {answer}")
        return answer

    def _scene(self, title: str) -> None:
        self._say(f"\n{title}")

    def _show_refusal(self, answer: Answer[object], reason: str) -> None:
        if not isinstance(answer, Refused):
            raise StoryBroken(f"a refusal: {reason}")
        self._expect(answer.reason == reason, f"the refusal says {reason}")
        ground = answer.first
        self._say(f"   {answer.status} {ground.code} {ground.title}")
        where = f"protocol {answer.protocol}, " if answer.protocol else ""
        self._say(f"   because {ground.detail} ({where}{ground.article})")
        self._say(f"   remedy: {ground.remedy}  ({answer.decision})")

    def _expect(self, holds: bool, what: str) -> None:  # noqa: FBT001  it is the question
        if not holds:
            raise StoryBroken(what)


def _told(content: CareAllowance) -> str:
    """The recognitions, in words."""
    return "; ".join(
        f"{one.pillar1} points in pillar 1, {one.period.begin} to {one.period.end}"
        for one in content.recognitions
        if one.period is not None
    )
