"""A session as many people have it: every service on both wires, refusals of every stage, acts, files.

Seeded, so that a session that fails can be had again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from gateway.simulation.disturbance.rules import Fault
from tests.people import AMINA, ELIF, JORIS, KARIM, LUKAS, NOBODY, NOOR, YUSUF, ZARA
from tests.running import ADVICE, CARE, DEREGISTER, REGISTER, START, TRANSACTIONS, RunningSpace

PEOPLE = (NOOR, LUKAS, KARIM, ELIF, NOBODY, "12631400208", "82010100176", "x")
UNITS = (
    "ahovoks-studietoelagen", "ahovoks-andere", "vutg-rechten", "vutg-audit", "vutg-toezicht",
    "vutg-bemiddeling", "opgroeien-kring", "opgroeien-geschillen", "opgroeien-beleid", "infino",
    "infino-audit", "kidslife", "myfamily", "parentia", "zele-financien", "avsb", "dv-cc1700",
)  # fmt: skip
DOSSIER = "/v1/inkomen/jobbonus-dossier/vragen"
AUDIT = "/v1/auditlogging/bevraging"
STATISTICS = "/v1/werk/jobbonusplus-statistiek/bevraging"
LETTER = "sha256:" + "a" * 64
PERSON = """<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>
<m:GeefPersoon xmlns:m="http://webservice.geefpersoondienst-02_02.persoon-02_02.vip.vlaanderen.be">
</m:GeefPersoon></soapenv:Body></soapenv:Envelope>"""


@dataclass(frozen=True, slots=True)
class Session:
    """People at work in one space."""

    space: RunningSpace
    random: Random

    def live(self, steps: int) -> None:
        """Take so many steps; the clock moves at some."""
        doings: list[tuple[Callable[[], object], int]] = [
            (self.ask_care, 10), (self.ask_transactions, 14), (self.register, 5), (self.ask_soap, 4),
            (self.ask_wrongly, 3), (self.act, 2), (self.fail_the_source, 2), (self.pass_time, 1),
        ]  # fmt: skip
        calls, weights = zip(*doings, strict=True)
        for unit in (UNITS[0], *UNITS[2:8], "infino", "parentia"):
            for person in (NOOR, LUKAS, KARIM, ELIF):
                body = {"insz": person, "periode": {"begin": START, "einde": None}}
                self.space.post(unit, REGISTER, body)
        for _ in range(steps):
            self.random.choices(calls, weights)[0]()
        self.space.disturb()

    def live_beside(self, steps: int) -> None:
        """The same with what only one party uses: advice, a look into a file, figures."""
        for _ in range(steps):
            self.ask_advice()
            self.look_into_a_file()
            self.ask_for_figures()
        for _ in range(steps // 5):
            self.ask_the_platform()

    def ask_care(self) -> None:
        wanted = {"statusAanvraag": self.chance(0.3), "erkenningen": self.chance(0.8)}
        body = {
            "insz": self.pick((NOOR, LUKAS, NOBODY), 0.85, PEOPLE), "referentiedatum": self.day(),
            "gewensteInformatie": wanted, "taal": self.pick(("nl",), 0.9, ("fr", "xx")),
        }  # fmt: skip
        unit = self.pick(UNITS[:1], 0.75, UNITS)
        self.space.post(unit, CARE, body, **self.stated(("studietoelage",)))

    def ask_transactions(self) -> None:
        body: dict[str, Any] = {"insz": self.pick((KARIM, ELIF), 0.8, PEOPLE)}
        if self.chance(0.2):
            body["fiscaalJaar"] = self.random.choice((2024, 2025, 2099))
        unit = self.pick(UNITS[2:8], 0.7, UNITS)
        self.space.post(unit, TRANSACTIONS, body, **self.stated(("rechtentoekenning", "audit")))

    def ask_advice(self) -> None:
        body = {
            "insz": self.pick((ZARA, AMINA, YUSUF), 0.8, PEOPLE),
            "openingsdatum": self.pick((START,), 0.6, ("2021-12-31", "2022-01-01", "2099-01-01")),
        } | (
            {"zorgkas": self.random.choice(("zorgkas-1", "zorgkas-9"))} if self.chance(0.4) else {}
        )
        self.space.post(self.pick(("avsb",), 0.8, UNITS), ADVICE, body)

    def look_into_a_file(self) -> None:
        """A question, perhaps an identification, perhaps a look; each as it comes."""
        clerk = {"X_Magda_Enduser_ID": "82722401041"} if self.chance(0.9) else {}
        unit = self.pick(("dv-cc1700",), 0.8, ("dv-diensten", "dv-cc1700-onopgeleid", "avsb"))
        asked = {"insz": JORIS, "vraag": "?", "kanaal": "telefoon"}
        opened = self.space.post(unit, DOSSIER, asked, **clerk).json().get("vraag", "V-9999")
        key = opened if self.chance(0.8) else "V-9999"
        stated = {"naam": "Verzonnen", "voornaam": self.pick(("Joris",), 0.6, ("Anders",)),
                  "elementen": {"bedrag": "437.50"}}  # fmt: skip
        if self.chance(0.8):
            self.space.post(unit, f"{DOSSIER}/{key}/identificatie", stated, **clerk)
        token = self.space.credential(unit)["token"]
        named = {name.replace("_", "-"): value for name, value in clerk.items()}
        self.space.get(f"{DOSSIER}/{key}/dossier", Authorization=f"Bearer {token}", **named)

    def ask_for_figures(self) -> None:
        unit = self.pick(("opgroeien-beleid",), 0.7, UNITS)
        self.space.post(unit, STATISTICS, {"fiscaalJaar": 2024} if self.chance(0.5) else {})

    def ask_the_platform(self) -> None:
        """What it tells of itself: to anybody how it is, to a unit what it was told itself."""
        self.space.get("/v1/diensten")
        body = {"insz": self.pick((KARIM, NOOR), 0.7, PEOPLE)}
        self.space.post(self.pick(UNITS[:8], 0.9, UNITS), AUDIT, body)

    def register(self) -> None:
        begin = self.pick((START, "2025-03-12"), 0.9, ("gisteren",))
        body = {"insz": self.pick(PEOPLE[:4], 0.9, PEOPLE), "periode": {"begin": begin, "einde": None}}  # fmt: skip
        path = self.pick((REGISTER,), 0.85, (DEREGISTER,))
        self.space.post(self.random.choice(UNITS), path, body)

    def ask_soap(self) -> None:
        person = self.random.choice(PEOPLE)
        with self.space.soap_client(self.random.choice(UNITS[:8])) as client:
            self.random.choice(
                (
                    lambda: client.care_allowance(person, self.real_day()),
                    lambda: client.transactions(person),
                    lambda: client.register(person, date.fromisoformat(START)),
                    lambda: self.space.soap(self.random.choice(UNITS), PERSON.encode()),
                )
            )()

    def ask_wrongly(self) -> None:
        care = {"insz": NOOR, "referentiedatum": START}
        self.random.choice(
            (
                lambda: self.space.post(None, CARE, care),
                lambda: self.space.post(UNITS[0], CARE, b"{"),
                lambda: self.space.post(UNITS[0], CARE, care, X_Magda_Sender_ID="iemand.be/anders"),
                lambda: self.space.post(UNITS[0], CARE, care, Sim_Purpose=f"voor {KARIM}"),
            )
        )()

    def act(self) -> None:
        scope = {"partij": self.random.choice(("parentia", "infino", "vutg"))}
        unit, protocol, kind, more = self.random.choice(
            (
                ("wewis", "001", "schorsing", scope),
                ("wewis", "001", "schorsing", {"stroom": "jobbonusplus-mutaties"}),
                ("wewis", "001", "opheffing", scope),
                ("wewis", "001", "opheffing", {}),
                ("kidslife", "001", "opzegging", {"stuk": LETTER}),
                ("infino", "001", "schorsing", {}),
                ("ahovoks-studietoelagen", "004", "kwaliteitsmelding", {}),
            )
        )
        self.perform(unit, protocol, kind, **more)

    def perform(self, unit: str, protocol: str, kind: str, **more: Any) -> int:
        path = f"/v1/protocollen/{protocol}/gebeurtenissen"
        body = {"soort": kind, **more}
        return self.space.post(unit, path, body, content_type="application/json").status_code

    def fail_the_source(self) -> None:
        flow = self.random.choice(("zorgtoeslag", "jobbonusplus-verrichtingen"))
        kind = self.random.choice(("silent", "busy", "garbled"))
        fault = Fault(where=f"source.{flow}", kind=kind)
        self.space.disturb(*((fault,) if self.chance(0.5) else ()))

    def pass_time(self) -> None:
        self.space.control("POST", "/clock/advance", {"days": 1})

    def stated(self, purposes: tuple[str, ...]) -> dict[str, str]:
        headers = {}
        if self.chance(0.3):
            headers["Sim_Purpose"] = self.pick(purposes, 0.8, ("toezicht", "iets anders"))
        if self.chance(0.5):
            headers["Sim_Case"] = "Z-17"
        if self.chance(0.15):
            headers["Sim_Authentication"] = self.random.choice(("password", "digital-key", "eid"))
        if self.chance(0.3):
            headers["X_Magda_Enduser_ID"] = "82722401041"
        return headers

    def real_day(self) -> date:
        day = self.day()
        return date.fromisoformat(START if day == "2024-02-30" else day)

    def day(self) -> str:
        return self.pick(("2024-12-31", START), 0.9, ("2099-01-01", "2024-02-30"))

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, usual: tuple[str, ...], share: float, others: tuple[str, ...]) -> str:
        return self.random.choice(usual if self.chance(share) else others)
