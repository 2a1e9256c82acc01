"""The simulated clients of this project as clients under test: `python -m gateway.simulation.conformance.own_clients`."""

import json
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from paramiko import SSHException

from consumers.agencies.ahovoks import StudyGrants
from consumers.agencies.family_income import Doubt
from consumers.agencies.payer import Payer
from consumers.agencies.study_grant import StudyYear
from consumers.collector import Collection
from gateway.simulation.agencies import MUTATIONS, collect, payer, study_grants
from gateway.simulation.conformance.sut import Job, Told
from gateway.simulation.desk import Desk
from providers.mutations import FLOW, DropDoor, as_batch, file_name, upload

_PAUSES = (0.3, 0.6, 1.2)
_LOOK_S, _LOOKS = 0.1, 600
_OUTCOMES = {"verdeeld": "accepted", "ongewijzigd": "unchanged", "geweigerd": "conflict"}


@dataclass(frozen=True, slots=True)
class JobClock:
    """Implements `gateway.contracts.clock.Clock`: the instant that the job tells."""

    text: str

    def now(self) -> datetime:
        """The instant."""
        return datetime.fromisoformat(self.text)


def follow_payments(job: Job, at: Desk | None = None) -> Told:
    """The payer (001): collect, take in, ask, reckon."""
    desk, folder = at or desk_of(job), Path(job["state"])
    collection, inbox = collect(desk, folder, MUTATIONS)
    with payer(desk, folder, JobClock(job["now"])) as agency:
        for family in job["families"]:
            _enter(agency, family)
        agency.take_in(inbox)
        agency.ask()
        told = [_reckoned(agency, family) for family in job["families"]]
    return {"families": told, "troubles": _troubles(collection)}


def count_households(job: Job) -> Told:
    """AHOVOKS (004): let go of closed files, open the others, count."""
    with study_grants(desk_of(job), Path(job["state"]), JobClock(job["now"])) as agency:
        for key in job.get("closed", ()):
            agency.delete(key)
        told = [_household(agency, file) for file in job["files"]]
    return {"files": told}


def deliver(job: Job) -> Told:
    """WEWIS (001): the batch of a day over SFTP, again where that broke; what its receipt says."""
    name, content = a_batch_of(job)
    for pause in _PAUSES:
        try:
            upload(_door(job), name, content)
            break
        except (OSError, EOFError, SSHException):
            _wait(pause)
    return {
        "outcome": _OUTCOMES.get(_status(desk_of(job), name, sha256(content).hexdigest()), "failed")
    }


def a_batch_of(job: Job) -> tuple[str, bytes]:
    """The batch that the job tells of, by name: each person once, and nothing beside the number."""
    todo = job["deliver"]
    day, number = date.fromisoformat(todo["day"]), todo["number"]
    persons = sorted({payment["insz"] for payment in todo["payments"]})
    return file_name(day, number), as_batch(FLOW, day, persons, number)


WORK = {
    "consumer-jbplus": follow_payments,
    "consumer-zorgtoeslag": count_households,
    "provider-jbplus": deliver,
}


def desk_of(job: Job) -> Desk:
    """A desk as one has it from a ready file."""
    gateway, drop, unit = job["gateway"], job["drop"] or {}, job["unit"]
    own = {
        "uri": gateway["sender"], "hoedanigheid": gateway["hoedanigheid"],
        "token": gateway["token"], "sftp_user": drop.get("user"), "sftp_key": drop.get("key"),
        "sftp_password": None,
    }  # fmt: skip
    return Desk({"http": gateway["http"], "sftp": drop, "credentials": {unit: own}}, unit)


def do(job: Job) -> Told:
    """A day's work of the client that the kit is about."""
    return WORK[job["kit"]](job)


def _enter(agency: Payer, family: Mapping[str, Any]) -> None:
    if not agency.records.members(family["key"]):
        agency.take_on(family["key"], family["members"])
    agency.records.declare(family["key"], family["fiscal_year"], Decimal(family["declared"]))


def _reckoned(agency: Payer, family: Mapping[str, Any]) -> Told:
    income = agency.income(family["key"], family["fiscal_year"])
    is_known = Doubt.STILL_TO_ASK not in income.doubts
    return {"key": family["key"], "counted": str(income.counted) if is_known else None}


def _household(agency: StudyGrants, file: Mapping[str, Any]) -> Told:
    agency.open(file["key"], StudyYear(file["study_year"]), file["dependents"])
    return {"key": file["key"], "points": agency.count(file["key"]).points}


def _door(job: Job) -> DropDoor:
    drop = job["drop"]
    return DropDoor(
        host=drop["host"], port=drop["port"], host_key=drop["host_key"], user=drop["user"],
        key=Path(drop["key"]).read_text("utf-8"),
    )  # fmt: skip


def _status(desk: Desk, name: str, digest: str) -> str:
    """What the receipt of these bytes says, once it is there."""
    with desk.sftp() as drop:
        for _ in range(_LOOKS):
            with suppress(FileNotFoundError):
                receipt = json.loads(drop.receipt(name))
                if receipt["sha256"] == digest:
                    return str(receipt["status"])
            _wait(_LOOK_S)
    return "none"


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


def _troubles(collection: Collection) -> Sequence[str]:
    return [f"{one.name}: {one.wrong}" for one in collection.troubles]


def main() -> None:
    """The job on standard input, what became of it on standard output."""
    print(json.dumps(do(json.load(sys.stdin))))  # noqa: T201  it is a command


if __name__ == "__main__":
    main()
