"""Begin, notice and end as prose, and how the protocol stands at an instant."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from gateway.adapters.protocol_files import prose_words as words
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.domain.legal_day import in_brussels, legal_day
from gateway.domain.lifecycle import Status
from gateway.domain.standing import Standing

_NOTICE: Mapping[str, str] = {
    "per-party": "Elke partij kan voor zichzelf opzeggen",
    "whole": "Een partij die opzegt, beëindigt het protocol voor allen",
    "none": "De tekst regelt geen opzegging",
    "unknown": "De tekst zoals hij voorligt, zegt niets over opzegging, en er wordt niet naar geraden",
}
_ENDS: Mapping[str, str] = {
    "joint-decision": "de partijen dat samen beslissen",
    "legal-ground-lost": "de wettelijke grond wegvalt",
    "machtiging-inadequate": "de machtiging niet volstaat",
    "agreement-ended": "de samenwerkingsovereenkomst eindigt",
}
_DURATIONS: Mapping[str, str] = {
    "indefinite": "Het protocol geldt voor onbepaalde duur",
    "while-agreement": "Het protocol geldt zolang de samenwerkingsovereenkomst loopt",
}
_STATES: Mapping[Status, str] = {
    Status.NOT_YET: "nog niet van kracht",
    Status.IN_FORCE: "van kracht",
    Status.SUSPENDED: "geschorst",
    Status.NO_INSTRUMENT: "zonder het stuk waarop het steunt, en dus gesloten",
    Status.ENDED: "beëindigd",
}


def basis(document: DocumentModel) -> Iterator[str]:
    """The law it rests on, the instruments it leans on, and how whole the text is."""
    yield f"Het protocol is gesloten op grond van {document.legal_frame.basis}."
    for one in document.legal_frame.related:
        falls = ", en valt ermee" if one.must_hold else ""
        kind = one.kind.replace("vtc-goedkeuring", "goedkeuring van de VTC")
        yield f"Het steunt op een {kind}: {one.ref}{falls} ({one.article})."
    if document.source.completeness == "truncated":
        yield "De tekst waaruit het is opgemaakt, breekt af; wat ontbreekt, is niet aangevuld."


def life(document: DocumentModel) -> Iterator[str]:
    """Start, duration, notice, ends, changes."""
    lifecycle = document.lifecycle
    yield _start(document)
    yield f"{_DURATIONS[document.duration.kind]} ({document.duration.article})."
    ending = lifecycle.termination
    notice = f", met een termijn van {words.term(ending.notice)}" if ending.notice else ""
    yield f"{_NOTICE[ending.mode]}{notice} ({ending.article})."
    for one in lifecycle.ends_when:
        yield f"Het eindigt als {_ENDS[one.when]} ({one.article})."
    if lifecycle.suspension is None:
        yield "Schorsen kent de tekst niet."
    if lifecycle.amendment is not None:
        yield f"Wijzigen gebeurt met een addendum ({lifecycle.amendment.article})."
    if lifecycle.replaces_prior is not None:
        yield f"Het vervangt wat de partijen vroeger afspraken ({lifecycle.replaces_prior.article})."  # fmt: skip


def _start(document: DocumentModel) -> str:
    lifecycle, start = document.lifecycle, document.lifecycle.in_force
    signed = f"Ondertekend op {words.day(lifecycle.signed_on)}"
    if start.rule == "on-last-signature":
        return f"{signed}; van kracht met de laatste ondertekening ({start.article})."
    assert start.date is not None
    assumed = ", wat uit de titel is afgeleid" if start.assumed else ""
    return f"{signed}; van kracht op {words.day(start.date)}{assumed} ({start.article})."


def standing_sentences(
    document: DocumentModel, standings: Sequence[Standing], at: dt.datetime
) -> Iterator[str]:
    """How it stands now: one sentence where all stand alike, else one for each who differs."""
    groups: dict[str, list[Standing]] = {}
    for one in standings:
        groups.setdefault(_told(one), []).append(one)
    moment = in_brussels(at)
    start = f"Op {words.day(moment.date())} om {moment:%H.%M} uur is het protocol"
    common = max(groups, key=lambda told: len(groups[told]))
    yield f"{start} {common}."
    for told, several in groups.items():
        if told != common:
            yield f"Voor {_who(document, several, standings)} is het {told}."


def _told(one: Standing) -> str:
    since = f" sinds {words.day(legal_day(one.since))}" if one.since and one.state.status is Status.IN_FORCE else ""  # fmt: skip
    until = ""
    if one.end is not None and one.state.status is not Status.ENDED:
        until = f"; opgezegd tegen {words.day(legal_day(one.end.at))} ({one.end.article})"
    return f"{_STATES[one.state.status]}{since} ({one.state.article}){until}"


def _who(document: DocumentModel, some: Sequence[Standing], everybody: Sequence[Standing]) -> str:
    """Parties, with their flows where not all of a party's flows are meant."""
    names, told = words.Names(document), []
    for party in dict.fromkeys(one.party for one in some):
        mine = [one.flow for one in some if one.party == party]
        all_of_it = len(mine) == sum(one.party == party for one in everybody)
        told.append(names.of(party) + ("" if all_of_it else f" ({', '.join(mine)})"))
    return words.together(told)
