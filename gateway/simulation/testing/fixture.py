"""What the fixture `magdasim` gives: a space with its clock, credentials and folders, and assertions about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx

from consumers.wire_rest import RestClient
from consumers.wire_sftp import SftpClient
from consumers.wire_soap import SoapClient
from gateway.simulation.desk import Desk
from gateway.simulation.testing.given import load
from gateway.simulation.testing.journal import Journal, Wanted, disappointed
from gateway.simulation.testing.served import Ready, call

Job = Mapping[str, Any]
_TIMEOUT_S = 60.0
_HOME = {
    "street": "Visserij",
    "number": "1",
    "postcode": "9000",
    "municipality": "Gent",
    "nis": "44021",
}


@dataclass(frozen=True, slots=True)
class SpaceClock:
    """The clock of a space; it stands still until it is told."""

    ready: Ready = field(repr=False)

    @property
    def now(self) -> datetime:
        """Its instant."""
        return datetime.fromisoformat(call(self.ready, "GET", "/clock")["now"])

    def advance(self, days: int | None = None, seconds: int | None = None) -> Sequence[Job]:
        """Move on by days (same clock time) or seconds, else to the next job; what ran, in order."""
        given = {"days": days, "seconds": seconds}
        body = {name: value for name, value in given.items() if value is not None}
        ran: Sequence[Job] = call(self.ready, "POST", "/clock/advance", body or {"until": "next"})[
            "jobs"
        ]
        return ran

    def set(self, at: datetime | str) -> None:
        """Move on to an instant; what falls due on the way runs."""
        text = at if isinstance(at, str) else at.isoformat()
        call(self.ready, "PUT", "/clock", {"at": text})


@dataclass(frozen=True, slots=True)
class Account:
    """Where and how a unit logs in at the drop server."""

    host: str
    port: int
    host_key: str
    user: str
    key: Path | None
    password: str | None = field(repr=False)


class MagdaSim:
    """A fresh space. `ready` is its ready file: every address and credential."""

    def __init__(self, ready: Ready) -> None:
        self.ready = ready
        self.clock = SpaceClock(ready)
        self.journal = Journal(ready)

    @property
    def url(self) -> str:
        """Where REST is spoken, and everything else over HTTP."""
        return str(self.ready["http"])

    @property
    def soap(self) -> str:
        """Where SOAP is spoken."""
        return f"{self.url}/soap"

    @cached_property
    def people(self) -> dict[str, str]:
        """The numbers of the people who have a name: personas, and those that a scenario invents."""
        return {one["key"]: one["insz"] for one in call(self.ready, "GET", "/personas")}

    def insz(self, person: str) -> str:
        """The number of a persona; a number stands for itself."""
        return self.people.get(person, person)

    def name_people(self, numbers: Mapping[str, str]) -> None:
        """Have people called by these names from now on."""
        self.people.update(numbers)

    def add_person(self, born: date | str, **facts: Any) -> str:
        """Somebody new, as `magda-sim world` writes people; their number. What is not told is as for most."""
        day = born if isinstance(born, str) else born.isoformat()
        home = {"since": day, **_HOME}
        person = {"name": "Proefpersoon", "first_name": "Nieuw", "residences": [home], **facts}
        told = call(self.ready, "POST", "/world/people", {"born": day, **person})
        return str(told["insz"])

    def befall(self, person: str, what: str, on: date | str, **more: str) -> None:
        """Something befalls somebody on a day: `befall("noor", "moved", "2025-04-01", town="Gent")`."""
        day = on if isinstance(on, str) else on.isoformat()
        body = {"insz": self.insz(person), "what": what, "on": day, **more}
        call(self.ready, "POST", "/world/change", body)

    def credential(self, unit: str) -> Mapping[str, Any]:
        """Everything that a unit shows of itself.

        Raises:
            KeyError: there is no such unit; the text lists them.
        """
        known: Mapping[str, Any] = self.ready["credentials"]
        if unit not in known:
            raise KeyError(f"no unit {unit}; there are {', '.join(known)}")
        found: Mapping[str, Any] = known[unit]
        return found

    def token(self, unit: str) -> str:
        """A unit's bearer token."""
        return str(self.credential(unit)["token"])

    def http(self, unit: str) -> httpx.Client:
        """A plain HTTP client in a unit's name; close it."""
        headers = {"Authorization": f"Bearer {self.token(unit)}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=_TIMEOUT_S, trust_env=False)

    def rest(self, unit: str) -> RestClient:
        """The REST client of this project in a unit's name; close it."""
        return self._desk(unit).rest()

    def soap_client(self, unit: str) -> SoapClient:
        """The SOAP client of this project in a unit's name; close it."""
        return self._desk(unit).soap()

    def sftp(self, unit: str) -> Account:
        """Where and how a unit logs in at the drop server."""
        own, door = self.credential(unit), self.ready["sftp"]
        key = own["sftp_key"]
        return Account(
            door["host"], door["port"], door["host_key"], own["sftp_user"],
            Path(key) if key else None, own["sftp_password"],
        )  # fmt: skip

    def drop(self, unit: str) -> SftpClient:
        """The SFTP client of this project, logged in; close it."""
        return self._desk(unit).sftp()

    def register(self, unit: str, *people: str) -> None:
        """Say for a unit that it handles the files of these people, from today on."""
        today = self.clock.now.date()
        with self.rest(unit) as client:
            for person in people:
                client.register(self.insz(person), today)

    def act(self, protocol: str, kind: str, by: str, **more: Any) -> None:
        """Somebody does something to a protocol: `act("001", "schorsing", by="wewis", partij="infino")`."""
        with self.http(by) as client:
            path = f"/v1/protocollen/{protocol}/gebeurtenissen"
            client.post(path, json={"soort": kind, **more}).raise_for_status()

    def provider(self, party: str, *, automatic: bool) -> None:
        """Have a simulated provider deliver by itself, or not."""
        call(self.ready, "PUT", f"/providers/{party}", {"automatic": automatic})

    def faults(self, *rules: Mapping[str, Any]) -> None:
        """What goes wrong from now on: `{"where": "source.zorgtoeslag", "kind": "busy", "nth": 1}`."""
        call(self.ready, "PUT", "/faults", list(rules))

    def load(self, scenario: str | Path) -> None:
        """Set the world up as a scenario of the library, or of a file, has it given."""
        load(self, scenario)

    def told(self) -> str:
        """Which space it is, and what happened in it, newest last."""
        try:
            head = f"space {self.ready['space']}, seed {self.ready['seed']}, clock {self.clock.now}"
            return f"{head}\n{self.journal.told()}"
        except httpx.HTTPError as error:
            return f"space {self.ready['space']} does not answer: {error}"

    def assert_called(
        self, flow: str | None = None, *, persona: str | None = None, by: str | None = None,
        times: int | None = None, **words: str,
    ) -> None:  # fmt: skip
        """It was asked: by whom, about whom, how often (else at least once), and how that ended."""
        __tracebackhide__ = True
        wanted = self._wanted(flow, persona, by, {"kind": "decision", **words})
        self._expect(wanted, times)

    def assert_not_called(
        self,
        flow: str | None = None,
        *,
        persona: str | None = None,
        by: str | None = None,
        **words: str,
    ) -> None:
        """It was never asked, permitted or refused."""
        __tracebackhide__ = True
        self.assert_called(flow, persona=persona, by=by, times=0, **words)

    def assert_happened(self, kind: str, *, by: str | None = None, times: int | None = None, **words: str) -> None:  # fmt: skip
        """Something that the journal tells of: `file.acknowledged`, `batch.received` and so on."""
        __tracebackhide__ = True
        self._expect(self._wanted(None, None, by, {"kind": kind, **words}), times)

    def assert_never_disclosed(self, person: str, to: str) -> None:
        """Nothing about a person ever went to a credential, unit or party, by call or by file."""
        __tracebackhide__ = True
        found = self.journal.never(self.insz(person), to)
        if found["verdict"] != "never":
            what = (
                "something was disclosed" if found["seen"] else "nobody can tell any more whether"
            )
            rows = [_disclosure(one) for one in (*found["seen"], *found["unknown"])]
            raise AssertionError("\n".join([f"{what} about {person} to {to}", *rows]))

    def _expect(self, wanted: Wanted, times: int | None) -> None:
        __tracebackhide__ = True
        found = self.journal.found(wanted)
        if not (found if times is None else len(found) == times):
            raise AssertionError(disappointed(self.journal, wanted, times, found))

    def _wanted(
        self, flow: str | None, person: str | None, by: str | None, words: Mapping[str, str]
    ) -> Wanted:
        given = {"flow": flow, "credential": by}
        named = {name: value for name, value in given.items() if value is not None}
        return Wanted({**words, **named}, person, self.insz(person) if person else None)

    def _desk(self, unit: str) -> Desk:
        self.credential(unit)
        return Desk(self.ready, unit)


def _disclosure(row: Mapping[str, Any]) -> str:
    what = ", ".join(row["fields"])
    return (
        f"{row['decision']}  {row['at']}  {row['kind']}  {row['credential']}  {row['flow']}: {what}"
    )
