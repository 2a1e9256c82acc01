"""A flow as prose: who gets what from whom, when, by what way, and only if what holds."""

from collections.abc import Iterator, Mapping

from gateway.adapters.protocol_files import prose_words as words
from gateway.adapters.protocol_files.flow_clauses import Deferred, FlowModel, Requirement, Selection
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.domain.services import GIVEN

_KINDS: Mapping[str, str] = {
    "consultation": "een bevraging",
    "statistics": "een statistiek zonder namen",
    "interactive": "een inzage op het scherm",
    "mutation-file": "een bestand met mutaties",
    "list-file": "een lijst",
    "payment-file": "een betaalbestand",
}
_PERIODS: Mapping[str, str] = {
    "permanent": "Dat kan op elk ogenblik",
    "daily": "Dat gebeurt elke dag",
    "yearly": "Dat gebeurt eens per jaar",
    "windows": "Dat gebeurt in vaste maanden",
}
_CHANNELS: Mapping[str, str] = {
    "soap-or-rest": "over SOAP of REST",
    "rest": "over REST",
    "file-drop": "als bestand in een map",
}
_LOGINS: Mapping[str, str] = {
    "password": "minstens met een paswoord",
    "digital-key": "minstens met een digitale sleutel",
    "eid": "met eID",
}
_FACTS: Mapping[str, str] = {
    "registered": "de eenheid die vraagt de persoon op dat ogenblik heeft ingeschreven",
    "member": "de persoon op dat ogenblik lid is van de genoemde zorgkas",
    "right-open": "het recht nog loopt of geschorst is",
    "question-open": "een vraag van de burger openstaat",
    "identified": "de burger aan de hand van het dossier is herkend",
    "in-session": "de tijd van de inzage niet om is",
}
_SELECTIONS: Mapping[str, str] = {
    "registered": "enkel personen die de ontvanger zelf heeft ingeschreven",
    "own-members": "enkel de eigen leden van elke ontvanger",
    "whole-list": "iedereen die op de lijst van de bron staat",
    "paid-and-domiciled": "enkel wie betaald werd en in de gemeente woonde",
}


def flow_sentences(document: DocumentModel, flow: FlowModel) -> Iterator[str]:
    """Everything that the document says of a flow, a sentence a clause."""
    yield _what(document, flow)
    yield f"{_PERIODS[flow.periodicity.kind]} ({flow.periodicity.article})."
    yield _channel(flow)
    yield from _conditions(flow)
    yield from _limits(flow)
    yield from _content(flow)
    yield from _visibility(flow)


def _what(document: DocumentModel, flow: FlowModel) -> str:
    names = words.Names(document)
    consumers = flow.consumers or _consumers(document, flow)
    purposes = words.together(words.purpose(key) for key in flow.purposes)
    service = flow.service.replace("-", " ")
    return (
        f"{words.capital(_KINDS[flow.kind])} ({service}), van {names.of(flow.source)} aan "
        f"{names.all(consumers)}, voor {purposes} ({flow.article})."
    )


def _consumers(document: DocumentModel, flow: FlowModel) -> list[str]:
    """The consumers of the document that have one of the flow's purposes."""
    owners = {purpose.party for purpose in document.purposes if purpose.id in flow.purposes}
    return [
        party.id
        for party in document.parties
        if party.role == "consumer" and owners & {party.id, party.group}
    ]


def _channel(flow: FlowModel) -> str:
    channel = flow.channel
    transport = f" ({channel.transport.upper()})" if channel.transport else ""
    reading = ", en laat enkel lezen toe" if channel.access == "read-only" else ""
    return (
        f"De weg loopt {_CHANNELS[channel.kind]}{transport}, langs MAGDA{reading} "
        f"({channel.article})."
    )


def _conditions(flow: FlowModel) -> Iterator[str]:
    if flow.authentication is not None:
        login = _LOGINS[flow.authentication.at_least]
        yield _only_if(f"de persoon achter de vraag {login} is aangemeld", flow.authentication.article)  # fmt: skip
    if flow.enduser is not None:
        yield _only_if("die persoon zelf genoemd wordt", flow.enduser.article)
    if flow.training is not None:
        subject = flow.training.subject
        yield _only_if(f"die persoon opgeleid is in {subject}", flow.training.article)
    if flow.duties_separated is not None:
        said = "wie over de toegang beslist, ze niet zelf gebruikt"
        yield _only_if(said, flow.duties_separated.article)
    for required in flow.requires:
        yield _fact(required)


def _only_if(condition: str, article: str) -> str:
    return f"Enkel als {condition} ({article})."


def _fact(required: Requirement) -> str:
    scope = ""
    if required.purposes:
        scope = f"Voor {words.together(words.purpose(key) for key in required.purposes)}: "
    elif required.if_stated:
        scope = f"Noemt de vraag een {required.if_stated}: "
    elsewhere = f"; anders: {required.route}" if required.route else ""
    start = "enkel" if scope else "Enkel"
    return f"{scope}{start} als {_FACTS[required.fact]}{elsewhere} ({required.article})."


def _limits(flow: FlowModel) -> Iterator[str]:
    if flow.open_from is not None:
        yield f"Enkel vanaf {words.day(flow.open_from)} ({flow.article})."
    if flow.windows is not None:
        months = words.together(words.month(number) for number in flow.windows.months)
        yield f"Enkel in {months} ({flow.windows.article})."
    if flow.quota is not None:
        often = "eenmaal" if flow.quota.max == 1 else f"{flow.quota.max} keer"
        yield f"Hoogstens {often} per kalenderjaar, voor elke ontvanger ({flow.quota.article})."
    if flow.session is not None:
        yield f"Hoogstens {words.term(flow.session.max)} per vraag ({flow.session.article})."
    kept = flow.channel.drop_term
    if kept is not None:
        yield f"Het bestand blijft hoogstens {words.term(kept.period)} in de map ({kept.article})."
    if flow.selection is not None:
        yield _selection(flow.selection)


def _selection(chosen: Selection) -> str:
    reference = chosen.reference_date
    details = (
        f"gemeente {chosen.municipality}" if chosen.municipality else "",
        f"jonger dan {chosen.age_below} jaar" if chosen.age_below else "",
        f"minstens {chosen.months_at_least} maand" if chosen.months_at_least else "",
        "eenmaal per kalenderjaar" if chosen.once_per else "",
        f"peildag {int(reference[3:])} {words.month(int(reference[:2]))}" if reference else "",
    )
    told = ", ".join(filter(None, details))
    more = f" ({told})" if told else ""
    return f"Het bestand bevat {_SELECTIONS[chosen.rule]}{more} ({chosen.article})."


def _visibility(flow: FlowModel) -> Iterator[str]:
    """Said only where it is not the rule."""
    hidden = flow.disclosure
    if isinstance(hidden, Deferred):
        yield f"De betrokkene ziet pas na {words.term(hidden.period)} wie inkeek ({hidden.article})."
    elif hidden is not None:
        yield f"De betrokkene ziet niet wie inkeek: {hidden.ground} ({hidden.article})."


def _content(flow: FlowModel) -> Iterator[str]:
    leaving = words.together(words.field(key) for key in flow.fields)
    yield f"Wat vertrekt: {leaving} ({flow.fields_article})."
    withheld = sorted(GIVEN.get(flow.service, frozenset()) - set(flow.fields))
    if withheld:
        staying = words.together(words.field(key) for key in withheld)
        yield f"Wat de dienst ook biedt en hier niet vertrekt: {staying} ({flow.fields_article})."
    if flow.refuses_unlisted:
        yield f"Wie meer vraagt dan dat, krijgt niets ({flow.fields_article})."
    elif withheld:
        yield (
            "Wie meer vraagt, krijgt wat vertrekt en leest welke gegevens achterblijven "
            f"({flow.fields_article})."
        )
