"""The loaded law as it is looked up: by party and flow, by version, and with other events."""

from dataclasses import replace
from datetime import date, timedelta

from gateway.adapters.protocol_files import FileProtocolLibrary, initial_events
from gateway.domain.decision import Permit, candidate, decide
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from gateway.domain.protocol_document import Fact, Party, ProtocolDocument
from tests.builders import NOON, a_bundle, an_ask, the_documents

CARE = the_documents()[4]


def for_party(party: str, key: str) -> ProtocolDocument:
    """004 with another consumer, under another id."""
    purpose = replace(CARE.purposes["studietoelage"], party=party)
    unit = replace(CARE.units["ahovoks-studietoelagen"], key=f"{party}-x", party=party)
    return replace(
        CARE,
        id=key,
        digest=f"sha256:{key}",
        parties={"opgroeien": CARE.parties["opgroeien"], party: Party(key=party, role="consumer", name=party)},
        purposes={"studietoelage": purpose},
        units={unit.key: unit},
    )  # fmt: skip


def test_many_protocols_open_one_flow_and_each_party_has_its_own() -> None:
    bundle = a_bundle([CARE, *(for_party(f"p{n}", f"{n:05d}") for n in range(50))])

    assert len(bundle.opening("zorgtoeslag", NOON)) == 51
    assert [d.id for d in bundle.open_to("p7", "zorgtoeslag", NOON)] == ["00007"]
    assert bundle.open_to("p7", "jobbonus-dossier", NOON) == ()
    outcome = candidate(bundle, an_ask(party="p7", unit="p7-x"), NOON)
    assert isinstance(decide(outcome, {Fact.REGISTERED: "R-1"}), Permit)  # type: ignore[arg-type]  # a refusal fails here


def test_a_later_protocol_replaces_what_it_had_with_the_same_party_only() -> None:
    lifecycle = replace(CARE.lifecycle, replaces_article="art. 10", signed_on=date(2024, 1, 1))
    newer = replace(CARE, id="904", lifecycle=lifecycle, digest="sha256:904")
    bundle = a_bundle([CARE, for_party("p1", "101"), newer])

    assert [d.id for d in bundle.open_to("ahovoks", "zorgtoeslag", NOON)] == ["904"]
    assert [d.id for d in bundle.open_to("p1", "zorgtoeslag", NOON)] == ["101"]
    before = NOON - timedelta(days=2_000)
    assert [d.id for d in bundle.open_to("ahovoks", "zorgtoeslag", before)] == ["004", "904"]


def test_other_events_leave_the_documents_and_forget_every_outcome() -> None:
    bundle = a_bundle()
    candidate(bundle, an_ask(), NOON)

    other = bundle.knowing("sha256:other", [])

    assert bundle.outcomes
    assert bundle.spells
    assert other.outcomes == {}
    assert other.spells == {}
    assert other.timelines == {}
    assert other.by_share is bundle.by_share
    assert (other.digest, other.events) == ("sha256:other", {})


def test_a_version_that_supersedes_brings_no_signatures_of_its_own() -> None:
    newer = replace(CARE, version="1.1.0", supersedes="1.0.0", digest="sha256:1.1.0")

    assert initial_events(newer) == ()
    assert len(initial_events(CARE)) == 2


def test_a_new_set_keeps_recorded_acts_and_drops_the_signatures_of_the_old() -> None:
    act = LifecycleEvent(
        protocol="004", kind=EventKind.EVIDENCE, effective_at=NOON, recorded_at=NOON, key=1
    )
    signed = initial_events(CARE)
    library = FileProtocolLibrary([CARE], signed)
    library.record(act)
    earlier = replace(CARE, lifecycle=replace(CARE.lifecycle, signed_on=date(2020, 1, 1)))

    library.replace([earlier])

    assert library.bundle().events["004"] == (*initial_events(earlier), act)
    assert not set(signed) & set(library.bundle().events["004"])
