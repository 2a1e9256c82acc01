"""Files as providers drop them: whole ones, and for each way in which one can be refused."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.contracts.reasons import Reason
from gateway.domain.services import MEMBERS_LIST
from gateway.simulation.examples.rendering import as_json, call
from gateway.simulation.examples.services import ELIF, KARIM, NOOR, TODAY, ZARA
from gateway.simulation.examples.shapes import JSON_TYPE, Call, Example, Upload
from gateway.simulation.units import MUTATIONS, PAYMENTS, YEARLY_LIST

_SOFIE = "80650200434"
_PROVIDERS = {MUTATIONS: "wewis", YEARLY_LIST: "agii", PAYMENTS: "vutg"}


def batch(
    flow: str, day: str, records: Sequence[Mapping[str, Any]], number: int = 1, **more: Any
) -> Upload:
    """An upload as contract section 7 has it."""
    later = f"_{number}" if number > 1 else ""
    content = {
        "schema": f"{flow}/1", "dag": day, "volgnummer": number, "aantal": len(records),
        "records": list(records), **more,
    }  # fmt: skip
    return Upload(credential=_PROVIDERS[flow], flow=flow, name=f"{flow}_{day}{later}.json",
                  content=as_json(content))  # fmt: skip


def persons(*numbers: str) -> list[dict[str, str]]:
    """Records of a list of numbers."""
    return [{"insz": number} for number in numbers]


def _example(upload: Upload, reason: Reason | None = None, **more: Any) -> Example:
    return Example(operation=upload.flow, wire="file", sent=upload, reason=reason, **more)


def yearly_list() -> Upload:
    """The list of AGII."""
    return batch(YEARLY_LIST, "2025-01-01", persons(ZARA))


def _payments() -> Upload:
    child = {"insz": NOOR, "naam": "Verzonnen", "voornaam": "Noor", "adres": {"gemeente": "Zele"}}
    paid = {"insz": _SOFIE, "naam": "Verzonnen", "voornaam": "Sofie", "adres": {"gemeente": "Gent"},
            "rekeningnummer": None}  # fmt: skip
    return batch(PAYMENTS, "2025-07-01", [{"kind": child, "begunstigde": paid, "bedrag": "150.00"}])


def about_files() -> Iterator[Example]:
    """Calls that upload a file, or have one passed on."""
    content = batch(MUTATIONS, TODAY, persons(ELIF, KARIM)).content
    path = f"/v1/aanlevering/{MUTATIONS}?dag={TODAY}"
    sent = Call(credential="wewis", path=path, body=content, headers={"Content-Type": JSON_TYPE})
    yield Example(operation="aanlevering", wire="rest", sent=sent)
    again = f"/v1/bestanden/{MUTATIONS}_{TODAY}_000001.json/herleveringen"
    put_back = Call(credential="vutg-rechten", path=again)
    before = (batch(MUTATIONS, TODAY, persons(ELIF, KARIM)),)
    yield Example(operation="herleveringen", wire="rest", sent=put_back, before=before)
    onward = call("avsb", "/v1/inburgering/jaarlijst/doorgiften", {"jaar": 2025})
    yield Example(operation=MEMBERS_LIST.name, wire="rest", sent=onward, before=(yearly_list(),))


def files() -> Iterator[Example]:
    """A whole file of every flow that is uploaded."""
    yield _example(batch(MUTATIONS, TODAY, persons(ELIF, KARIM)))
    yield _example(yearly_list())
    yield _example(_payments(), clock="2025-07-01T09:00:00+02:00")


def refused_files() -> Iterator[Example]:
    """A file for each reason that a receipt can give, of a file or of a record in it."""
    yield _example(batch(MUTATIONS, TODAY, persons("90712301138", KARIM)), Reason.INSZ_INVALID)
    yield _example(batch(MUTATIONS, TODAY, persons("85020100023", KARIM)), Reason.NOT_A_TEST_NUMBER)
    yield _example(batch(MUTATIONS, TODAY, persons(KARIM), naam="iemand"), Reason.MESSAGE_INVALID)
    first = batch(MUTATIONS, TODAY, persons(KARIM))
    again = batch(MUTATIONS, TODAY, persons(ELIF))
    yield _example(again, Reason.DAY_ALREADY_DELIVERED, before=(first,))
