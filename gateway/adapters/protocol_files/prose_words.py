"""The Dutch words of the prose: dates, terms and numbers written out, and what each code of a document means."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from gateway.adapters.protocol_files.schema import DocumentModel

_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september",
    "oktober", "november", "december",
)  # fmt: skip
_UNITS: Mapping[str, tuple[str, str]] = {
    "D": ("dag", "dagen"), "W": ("week", "weken"), "M": ("maand", "maanden"), "Y": ("jaar", "jaar"),
    "TH": ("uur", "uur"), "TM": ("minuut", "minuten"),
}  # fmt: skip
GROUNDS: Mapping[str, str] = {
    "6.1.a": "toestemming",
    "6.1.b": "een overeenkomst",
    "6.1.c": "een wettelijke verplichting",
    "6.1.d": "een vitaal belang",
    "6.1.e": "een taak van algemeen belang",
}
_PURPOSES: Mapping[str, str] = {
    "ondersteuningsbehoefte": "het beoordelen van de zorg die een kind nodig heeft",
    "studietoelage": "het recht op een studietoelage en het bedrag ervan",
    "jobbonusplus": "het toekennen van de jobbonus plus",
    "jobbonus-toekenning": "het toekennen van de jobbonus",
    "gegevensnetwerk": "het gegevensnetwerk van het Groeipakket",
    "geschillen": "het behandelen van geschillen",
    "statistiek": "beleid en statistiek",
    "rechtentoekenning": "het toekennen van rechten in het Groeipakket",
    "rechtentoekenning-privaat": "het toekennen van rechten door een private uitbetalingsactor",
    "audit": "audit",
    "toezicht": "begeleiding en toezicht",
    "bemiddeling": "klachten en bemiddeling",
    "clientvolgsysteem": "het opvolgen van wie inburgert",
    "zorgbudget": "het recht op een zorgbudget",
    "verlaagde-premie": "de verlaagde zorgpremie",
    "verlaagde-premie-leden": "de verlaagde zorgpremie van de eigen leden",
    "burgervraag": "het antwoord op een vraag van de burger over het eigen dossier",
    "groeipakket": "het toekennen en betalen van het Groeipakket",
    "gemeentelijke-toelage": "de gemeentelijke toelage",
}
_FIELDS: Mapping[str, str] = {
    "insz": "het identificatienummer (INSZ)",
    "pijler1": "de punten in pijler 1",
    "pijler2": "de punten in pijler 2",
    "pijler3": "de punten in pijler 3",
    "subpijlers2": "de onderdelen van pijler 2",
    "subpijlers3": "de onderdelen van pijler 3",
    "totaal": "het totaal van de punten",
    "periode.begin": "het begin van de erkenning",
    "periode.einde": "het einde van de erkenning",
    "datumBeslissing": "de dag van de beslissing",
    "wetgeving": "de wetgeving die werd toegepast",
    "statusBeslissing": "de stand van de beslissing",
    "statusAanvraag": "de stand van de aanvraag",
    "maatregel": "de maatregel",
    "fiscaalJaar": "het fiscaal jaar",
    "bedragtype": "de soort van het bedrag",
    "verrichtingbedrag": "het bedrag van de verrichting",
    "effectieveVerrichtingsdatum": "de dag waarop de verrichting gebeurde",
    "openingsdatum": "de openingsdatum",
    "advies": "het advies",
    "reden": "de reden",
    "loon": "het loon",
    "bedrag": "het bedrag",
    "berekening": "de berekening",
    "rekeningnummer": "het rekeningnummer",
    "status": "de stand van het dossier",
    "brief": "de brief",
    "naam": "de naam",
    "voornaam": "de voornaam",
    "adres": "het adres",
}
CATEGORIES: Mapping[str, str] = {
    "national-number": "een nationaal nummer",
    "disability-score": "een score over een beperking",
    "date": "een datum",
    "benefit": "een gegeven over een tegemoetkoming",
    "financial": "een financieel gegeven",
    "identification": "een identificatiegegeven",
    "address": "een adresgegeven",
    "bank-account": "een bankgegeven",
    "obligation": "een gegeven over een verplichting",
}
_MEASURES: Mapping[str, str] = {
    "eid-idm": "aanmelden met eID, en rechten via IDM",
    "dpia": "gegevensbeschermingseffectbeoordeling",
    "repertorium": "inschrijving in het repertorium",
    "enkel-via-magda": "enkel via MAGDA",
    "enkel-ja-nee": "enkel het advies, niet wat erachter zit",
    "enkel-lezen": "enkel lezen",
    "veiligheidsplan-avsb": "een veiligheidsplan",
    "veiligheidsplan-agii": "een veiligheidsplan",
    "privacylogging": "bijhouden wie wat inkijkt",
    "penetratietesten": "testen tegen indringers",
    "meervoudige-aanmelding": "aanmelden in meer dan een stap",
}


def day(date: dt.date) -> str:
    """`27 juli 2021`."""
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def month(number: int) -> str:
    """`juli`."""
    return _MONTHS[number - 1]


def term(period: str) -> str:
    """An ISO 8601 period in words: `3 maanden`, `24 uur`."""
    count, unit = int(period.strip("PTDWMYH")), period[-1]
    one, several = _UNITS[f"T{unit}" if period.startswith("PT") else unit]
    return f"{count} {one if count == 1 else several}"


def every(period: str) -> str:
    """How often: `elk jaar`, `elke 2 weken`."""
    told = term(period).removeprefix("1 ")
    return f"{'elk' if told in ('jaar', 'uur') else 'elke'} {told}"


def together(words: Iterable[str]) -> str:
    """`a, b en c`."""
    *rest, last = list(words)
    return f"{', '.join(rest)} en {last}" if rest else last


def enterprise_number(digits: str) -> str:
    """`0886.886.638`."""
    return f"{digits[:4]}.{digits[4:7]}.{digits[7:]}"


def purpose(key: str) -> str:
    """What a purpose is for; its own key where the words are not known."""
    return _PURPOSES.get(key, key.replace("-", " "))


def field(key: str) -> str:
    """What a field holds, with whose it is: `kind.naam` is the name of the child."""
    if key in _FIELDS:
        return _FIELDS[key]
    owner, _, own = key.rpartition(".")
    return f"{_FIELDS.get(own, own)} van {_OWNERS.get(owner, owner)}" if owner else key


_OWNERS: Mapping[str, str] = {
    "kind": "het kind",
    "begunstigde": "de begunstigde",
    "persoon": "de persoon",
}


def measure(key: str) -> str:
    """What a safeguard is."""
    return _MEASURES.get(key, key.replace("-", " "))


def capital(text: str) -> str:
    """The text with a capital at its start, the rest as it is."""
    return text[:1].upper() + text[1:]


class Names:
    """What the parties, and the groups of them, are called in prose."""

    def __init__(self, document: DocumentModel) -> None:
        self._names = {party.id: party.name for party in document.parties}
        self._groups = {party.group for party in document.parties if party.group}

    def of(self, key: str) -> str:
        """The name of a party, or `de zorgkassen` for a group."""
        return f"de {key}" if key in self._groups else self._names.get(key, key)

    def all(self, keys: Sequence[str]) -> str:
        """Several together."""
        return together(self.of(key) for key in keys)
