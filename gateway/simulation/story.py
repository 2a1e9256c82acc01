"""The demo's story: what a newcomer should see, done by the clients that an agency would copy."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from consumers.wire_rest import Answer, RestClient
from consumers.wire_sftp import SftpClient
from consumers.wire_soap import SoapClient
from gateway.adapters.log import LogReader
from gateway.flows.audit_check import check_log

NOOR, KARIM, ELIF = "12631400209", "90712301137", "88660602073"
FLOW = "jobbonusplus-mutaties"
UPLOAD = f"{FLOW}_2025-03-10.json"


class StoryBroken(Exception):
    """Something did not go as the story tells."""


class Story:
    """Told in seven scenes. `ready` is the ready file's content, `say` prints a line."""

    def __init__(self, ready: Mapping[str, Any], say: Callable[[str], None]) -> None:
        self._ready, self._say = ready, say
        self._credentials = ready["credentials"]

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
        with self._rest("ahovoks-studietoelagen") as ahovoks:
            refused = ahovoks.care_allowance(NOOR, "2024-12-31")
            self._expect(refused.reason == "not-registered", "the first question is refused")
            self._show_refusal(refused)
            registered = ahovoks.register(NOOR, "2025-03-10")
            self._expect(registered.content.get("resultaat") == 1, "the registration succeeds")
            self._say(f"   it registers her: resultaat 1  ({registered.decision})")

    def _allowed_answer(self) -> None:
        self._scene("2. The same question again, now allowed by protocol 004")
        with self._rest("ahovoks-studietoelagen") as ahovoks:
            answer = ahovoks.care_allowance(NOOR, "2024-12-31", wants_application=True)
        self._expect(answer.status == httpx.codes.OK, "the second question is answered")
        self._say(f"   {json.dumps(answer.content['erkenningen'])}")
        withheld = answer.content["achtergehouden"]
        names = ", ".join(one["veld"] for one in withheld)
        self._say(f"   withheld under {withheld[0]['artikel']}: {names}")
        self._say(f"   decision {answer.decision}, protocol {answer.protocol}")

    def _same_over_soap(self) -> None:
        self._scene("3. The same over SOAP: the law leaves the same, in the wire's own elements")
        unit = self._credentials["ahovoks-studietoelagen"]
        url = f"{self._ready['http']}/soap"
        with SoapClient(url, unit["token"], unit["uri"], unit["hoedanigheid"]) as ahovoks:
            answer = ahovoks.care_allowance(NOOR, "2024-12-31")
        points = answer.texts(".//Pijler1")
        self._expect(points == ["4"], "SOAP gives the points in pillar 1")
        self._expect(not answer.texts(".//Pijler2"), "and nothing of pillar 2")
        self._say(f"   Pijler1 = {points[0]}; decision {answer.decision}")

    def _no_protocol(self) -> None:
        self._scene("4. The municipality of Zele asks the same webservice")
        with self._rest("zele-financien") as zele:
            refused = zele.care_allowance(NOOR, "2024-12-31")
        self._expect(refused.reason == "no-protocol", "Zele is refused")
        self._show_refusal(refused)

    def _batch_to_files(self) -> None:
        self._scene(
            "5. VUTG and Infino register Karim; a day passes; WEWIS uploads its batch by SFTP"
        )
        for unit, persons in (("vutg-rechten", (KARIM, ELIF)), ("infino", (KARIM,))):
            with self._rest(unit) as payer:
                for person in persons:
                    payer.register(person, "2025-03-10")
        for job in self._advance()["jobs"]:
            self._say(f"   {job['at']}  {job['job']}  {job['party']}  {job['outcome']}")
        with self._sftp("wewis") as wewis:
            receipt = json.loads(wewis.receipt(UPLOAD))
        told = ", ".join(f"{one['afnemer']} {one['status']}" for one in receipt["afnemers"])
        self._say(f"   receipt {receipt['batch']} {receipt['status']}: {told}")
        self._expect(self._collect("vutg-rechten") == [ELIF, KARIM], "VUTG finds its two")
        self._expect(self._collect("infino") == [KARIM], "Infino finds its one")
        self._expect(self._collect("parentia") == [], "Parentia finds an empty list")

    def _collect(self, unit: str) -> list[str]:
        """What a consumer finds in its folder; it takes it over and acknowledges."""
        with self._sftp(unit) as consumer:
            name = consumer.files(FLOW)[0]
            found: list[str] = json.loads(consumer.fetch(FLOW, name))["insz"]
            consumer.acknowledge(FLOW, name)
        self._say(f"   {unit} collects {name}: {len(found)} persons, acknowledged by rename")
        return found

    def _consultation_after_file(self) -> None:
        self._scene("6. VUTG asks what was paid to Karim, under protocol 001")
        with self._rest("vutg-rechten") as vutg:
            answer = vutg.transactions(KARIM)
        self._expect(answer.status == httpx.codes.OK, "VUTG gets an answer")
        self._say(f"   {json.dumps(answer.content['verrichtingen'])}")

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

    def _rest(self, unit: str) -> RestClient:
        return RestClient(self._ready["http"], self._credentials[unit]["token"])

    def _sftp(self, unit: str) -> SftpClient:
        sftp = self._ready["sftp"]
        key = Path(self._credentials[unit]["sftp_key"]).read_text("utf-8")
        return SftpClient(sftp["host"], sftp["port"], sftp["host_key"], unit, key)

    def _scene(self, title: str) -> None:
        self._say(f"\n{title}")

    def _show_refusal(self, refused: Answer) -> None:
        problem = refused.content
        self._say(f"   {refused.status} {problem['code']} {problem['title']}")
        where = f"protocol {problem['protocol']}, " if problem["protocol"] else ""
        self._say(f"   because {problem['detail']} ({where}{problem['article']})")
        self._say(f"   remedy: {problem['remedy']}  ({problem['decision']})")

    def _expect(self, holds: bool, what: str) -> None:  # noqa: FBT001  it is the question
        if not holds:
            raise StoryBroken(what)
