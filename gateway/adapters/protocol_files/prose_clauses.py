"""The clauses around the flows as prose: parties, advice, purposes, units, safeguards, duties, findings."""

from collections.abc import Iterator, Mapping, Sequence

from gateway.adapters.protocol_files import prose_words as words
from gateway.adapters.protocol_files.clauses import (
    Duty,
    FieldModel,
    Finding,
    Incident,
    PartyModel,
    PurposeModel,
    RetentionModel,
    UnitModel,
)
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.adapters.protocol_files.values import fails_check

_PARTIES = "partijen"
_ROLES: Mapping[str, str] = {
    "provider": "deelt de gegevens mee",
    "consumer": "ontvangt de gegevens",
    "integrator": "brengt de gegevens over",
    "onward-recipient": "krijgt doorgegeven wat haar leden betreft",
}
_ADVICE: Mapping[str, str] = {
    "given": "advies",
    "positive": "gunstig advies",
    "negative": "ongunstig advies",
}
_ONWARD: Mapping[str, str] = {
    "forbidden": "Niets gaat door naar derden",
    "prior-notice": "Doorgeven mag enkel na een melding aan {to}",
    "prior-consent": "Doorgeven mag enkel met toestemming vooraf van {to}",
}
_ENFORCED: Mapping[str, str] = {
    "gateway.requires": "bij elke vraag, aan de hand van de feiten over de persoon",
    "gateway.route": "door geen andere weg open te laten",
    "gateway.transport": "in de verbinding zelf",
    "gateway.authentication": "bij de aanmelding",
    "gateway.filter": "in de filter op het antwoord",
    "gateway.read-only": "doordat niets dan lezen bestaat",
    "gateway.drop-term": "door de map zelf op te ruimen",
    "gateway.training": "bij de aanmelding, aan de hand van de gevolgde opleiding",
    "gateway.duties": "bij de aanmelding, aan de hand van de functie",
}
_WITHIN: Mapping[str, str] = {
    "reasonable": "binnen een redelijke termijn",
    "as-soon-as-possible": "zo snel mogelijk",
    "undue-delay": "zonder onredelijke vertraging",
}
_REPORTS: Mapping[str, str] = {"immediately": "onmiddellijk", "as-soon-as-possible": "zo snel mogelijk"}  # fmt: skip


def parties(document: DocumentModel) -> Iterator[str]:
    """Who gives, who gets, with their numbers."""
    for party in document.parties:
        yield f"{party.name}{_numbers(party)} {_ROLES[party.role]} ({_PARTIES})."


def _numbers(party: PartyModel) -> str:
    told = ""
    if party.kbo is not None and party.kbo_as_printed:
        verdict = "faalt voor" if fails_check(party.kbo) else "doorstaat"
        told = f", met ondernemingsnummer {party.kbo} zoals gedrukt (het {verdict} de controle modulo 97),"  # fmt: skip
    elif party.kbo is not None:
        told = f", met ondernemingsnummer {words.enterprise_number(party.kbo)},"
    if party.vestiging is not None:
        return f"{told.rstrip(',')} en vestigingsnummer {words.enterprise_number(party.vestiging)},"
    return told


def advice(document: DocumentModel) -> Iterator[str]:
    """What the data-protection officers said, and when."""
    names, signed = words.Names(document), document.lifecycle.signed_on
    for one in document.dpo_advice:
        when = f"op {words.day(one.date)}" if one.date else "op een dag zonder jaartal in de tekst"
        late = ", dus na de ondertekening" if one.date and one.date > signed else ""
        yield (
            f"De functionaris voor gegevensbescherming van {names.of(one.party)} gaf "
            f"{_ADVICE[one.outcome]} {when}{late} ({one.article})."
        )


def purposes(document: DocumentModel) -> Iterator[str]:
    """Why the data were gathered, and what for they may be used."""
    names = words.Names(document)
    for one in sorted(document.purposes, key=lambda purpose: purpose.kind != "original"):
        yield _purpose(one, names.of(one.party))


def _purpose(one: PurposeModel, owner: str) -> str:
    doing = "verzamelde de gegevens voor" if one.kind == "original" else "mag ze verder gebruiken voor"  # fmt: skip
    if owner.startswith("de "):
        doing = doing.replace("mag", "mogen").replace("verzamelde ", "verzamelden ")
    limit = ", enkel in een bepaald dossier" if one.case_required else ""
    limit += ", enkel zonder namen" if one.anonymous else ""
    return (
        f"{words.capital(owner)} {doing} {words.purpose(one.id)} [{one.id}]{limit}: {words.GROUNDS[one.ground]} "
        f"(art. {one.ground} AVG), op grond van {words.together(one.refs)} ({one.article})."
    )


def fields(document: DocumentModel) -> Iterator[str]:
    """The fields that may leave, one by one."""
    for one in document.fields:
        more = "".join(_limits(one))
        yield (
            f"{words.capital(words.field(one.id))} [{one.id}], over de {one.subject}: "
            f"{words.CATEGORIES[one.category]}{more} ({one.article})."
        ).replace("over de kind", "over het kind")


def _limits(one: FieldModel) -> Iterator[str]:
    if one.constant is not None:
        yield f', altijd "{one.constant}"'
    if one.values:
        yield f", {' of '.join(str(value) for value in one.values)}"
    if one.only_if is not None:
        yield f", enkel als {words.field(one.only_if.field)} {one.only_if.equals} is"
    if one.derived is not None:
        yield ", door de gateway afgeleid zodat wat erachter zit niet vertrekt"


def units(document: DocumentModel) -> Iterator[str]:
    """Who has access, and who has none."""
    names = words.Names(document)
    for one in document.units:
        yield _unit(one, names.of(one.party))
    yield "Wie hier niet staat, krijgt geen toegang (art. 4)."


def _unit(one: UnitModel, party: str) -> str:
    unit = party if one.id == one.party else f"De eenheid {one.id} van {party}"
    if one.access == "refused":
        return f"{unit} heeft geen toegang ({one.article})."
    told = words.together(words.purpose(key) for key in one.purposes)
    return f"{unit} heeft toegang, voor {told} ({one.article})."


def onward(document: DocumentModel) -> Iterator[str]:
    """Whether data go further, and who processes them."""
    names, rule = words.Names(document), document.onward
    said = _ONWARD[rule.rule].format(to=names.of(rule.to))
    named = f"; met name toegelaten: {words.together(map(names.of, rule.allowed))}" if rule.allowed else ""  # fmt: skip
    yield f"{said}{named} ({rule.article})."
    for one in document.processors:
        tasks = words.together(one.tasks)
        yield f"Verwerker voor {names.of(one.party)}: {one.name}, voor {tasks} ({one.article})."
    if not document.processors:
        yield "De tekst noemt geen verwerker bij naam."
    for duty in document.processor_register:
        yield _duty(document, duty, "houdt een overzicht van de verwerkers bij", "bezorgt {to} op verzoek een overzicht van de verwerkers")  # fmt: skip


def retention(document: DocumentModel) -> Iterator[str]:
    """How long what was received may be kept."""
    for one in document.retention:
        yield f"{_kept_what(one)}: {_kept_until(one)} ({one.article})."


def _kept_what(one: RetentionModel) -> str:
    return "Alle gegevens" if "*" in one.applies else words.capital(words.together(one.applies))


def _kept_until(one: RetentionModel) -> str:
    if one.rule == "none":
        return "niet bewaard"
    if one.rule == "until-event":
        return f"bewaard tot {one.from_event}"
    start = f"; ijkpunt: {one.from_event}" if one.from_event else ""
    return f"{words.term(one.period)} bewaard{start}" if one.period else "bewaard"


def enforced(document: DocumentModel) -> Iterator[str]:
    """The safeguards that the gateway itself upholds, and where."""
    names = words.Names(document)
    for one in document.measures:
        if one.enforced_by != "attest":
            told = words.capital(words.measure(one.id))
            where = _ENFORCED[one.enforced_by]
            yield f"{told} (bij {names.of(one.by)}): {where} ({one.article})."


def attested(document: DocumentModel) -> Iterator[str]:
    """The safeguards that only people can vouch for."""
    names = words.Names(document)
    for one in document.measures:
        if one.enforced_by == "attest":
            again = f", {words.every(one.review)} herzien" if one.review else ""
            told = words.capital(words.measure(one.id))
            yield f"{told}, door {names.of(one.by)}{again} ({one.article})."
    for duty in document.evidence:
        yield _duty(document, duty, "houdt het bewijs bij", "bezorgt {to} op eenvoudig verzoek het bewijs")  # fmt: skip
    if document.dpia is not None and document.dpia.required:
        gate = ", en zonder vertrekt er niets" if document.dpia.gate else ""
        yield f"Een effectbeoordeling (DPIA) is vereist{gate} ({document.dpia.article})."


def quality(document: DocumentModel) -> Iterator[str]:
    """What happens when data prove wrong."""
    names, rule = words.Names(document), document.quality
    via = f", langs {names.of(rule.report_via)}" if rule.report_via else ""
    within = _WITHIN.get(rule.provider_within) or f"binnen {words.term(rule.provider_within)}"
    yield (
        f"Een fout in de gegevens wordt {_REPORTS[rule.report]} gemeld{via}; de bron antwoordt "
        f"{within} ({rule.article})."
    )


def incidents(document: DocumentModel) -> Iterator[str]:
    """What is told after a leak, and when a law changes."""
    for one in document.incidents:
        yield _incident(document, one)
    for duty in document.law_changes:
        yield _duty(document, duty, "meldt elke wetswijziging die het protocol raakt", "meldt {to} elke wetswijziging die het protocol raakt")  # fmt: skip


def _incident(document: DocumentModel, one: Incident) -> str:
    names = words.Names(document)
    who = f"{names.of(one.by)} meldt een gegevenslek" if one.by else "Wie een gegevenslek vaststelt, meldt het"  # fmt: skip
    within = _WITHIN.get(one.within) or f"binnen {words.term(one.within)}"
    via = "de functionarissen voor gegevensbescherming" if one.via == "dpo" else f"het {one.via}"
    return f"{who} {within}, langs {via} ({one.article})."


def sanctions(document: DocumentModel) -> Iterator[str]:
    """What the provider may do against misuse."""
    names = words.Names(document)
    for one in document.sanctions:
        doing = (
            "het protocol met een eenvoudige kennisgeving beëindigen"
            if one.kind == "terminate"
            else "schorsen, geheel of voor een partij of stroom"
        )
        yield f"Bij misbruik kan {names.of(one.by)} {doing} ({one.article})."


def publication(document: DocumentModel) -> Iterator[str]:
    """Where it is published, and who informs the people concerned."""
    names = words.Names(document)
    for one in document.publication:
        where = f": {one.at}" if one.at else ""
        verb = "maken" if names.of(one.party).startswith("de ") else "maakt"
        yield f"{words.capital(names.of(one.party))} {verb} het protocol bekend op de website{where} ({one.article})."  # fmt: skip
    for duty in document.information:
        yield _duty(document, duty, "licht de betrokkenen in", "licht {to} in")


def _duty(document: DocumentModel, duty: Duty, alone: str, towards: str) -> str:
    names = words.Names(document)
    who = names.of(duty.party)
    doing = towards.format(to=names.of(duty.to)) if duty.to else alone
    if who.startswith("de "):
        verb, rest = doing.split(" ", 1)
        doing = f"{_PLURAL[verb]} {rest}"
    return f"{words.capital(who)} {doing} ({duty.article})."


_PLURAL: Mapping[str, str] = {
    "houdt": "houden",
    "bezorgt": "bezorgen",
    "meldt": "melden",
    "licht": "lichten",
}


def findings(document: DocumentModel) -> Iterator[str]:
    """The slips in the text, the choice that was made of each, and how to turn it round."""
    for one in document.findings:
        yield _finding(document.id, one)


def _finding(key: str, one: Finding) -> str:
    turned = ""
    if one.turn:
        paths: Sequence[str] = list(one.turn)
        turned = f" Omkeren: MAGDA_SIM_SWITCHES={key}/{one.code} ({words.together(paths)})."
    return f"{one.code}: {one.note}. Keuze: {one.choice} ({one.article}).{turned}"
