"""What the counter says, in Dutch and in English."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from gateway.contracts.reasons import WIRE, Reason

Language = str
LANGUAGES: tuple[Language, ...] = ("nl", "en")
_MONTHS: Mapping[Language, tuple[str, ...]] = {
    "nl": ("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september",
           "oktober", "november", "december"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December"),
}  # fmt: skip
_DUTCH, _ENGLISH = LANGUAGES


@dataclass(frozen=True, slots=True)
class Told:
    """A no: what it is, and what to do."""

    title: str
    advice: str


def spoken(words: str | None) -> Language:
    """The language that a cookie or link names, or else Dutch."""
    return words if words in LANGUAGES else _DUTCH


def day(text: str | None, language: Language) -> str:
    """A day as it is written in a letter."""
    if text is None:
        return ""
    found = date.fromisoformat(text)
    return f"{found.day} {_MONTHS[language][found.month - 1]} {found.year}"


def money(text: str | None, language: Language) -> str:
    """An amount as it is written in a letter."""
    if text is None:
        return ""
    return f"€ {text.replace('.', ',')}" if language == _DUTCH else f"€{text}"


def told(reason: Reason, language: Language) -> Told:
    """The no in words; of what is not foreseen here, the wire's own title."""
    found = _NOS.get(reason)
    if found is None:
        found = {_DUTCH: Told(WIRE[reason].text, ""), _ENGLISH: Told(reason.value, "")}
    return found[language]


def _no(dutch: str, advice: str, english: str, english_advice: str) -> Mapping[Language, Told]:
    return {_DUTCH: Told(dutch, advice), _ENGLISH: Told(english, english_advice)}


_SESSION = _no(
    "De inzage is voorbij",
    "Identificeer de vraagsteller opnieuw als de vraag nog loopt.",
    "The look is over",
    "Identify the caller again if the question is still being handled.",
)
_NOT_NOW = _no(
    "De bron antwoordt nu niet",
    "Probeer het straks opnieuw.",
    "The source does not answer now",
    "Try again later.",
)
_CREDENTIAL = _no(
    "Niet aangemeld, of het toegangsbewijs geldt niet (meer)",
    "Meld aan met een geldig toegangsbewijs of clientcertificaat.",
    "Not signed in, or the credential does not hold (any more)",
    "Sign in with a valid credential or client certificate.",
)
_NUMBER = _no(
    "Het INSZ is niet juist",
    "Geef elf cijfers; deze simulator aanvaardt enkel testnummers.",
    "The INSZ is not right",
    "Give eleven digits; this simulator accepts test numbers only.",
)
_STATE = _no(
    "Het protocol laat dit nu niet toe",
    "Vraag na bij de gegevensbeheerder of het protocol loopt.",
    "The protocol does not allow this now",
    "Ask the data manager whether the protocol is in force.",
)
_UNIT = _no(
    "Uw dienst heeft geen toegang",
    "Enkel de eenheid die artikel 4 noemt mag dossiers inkijken.",
    "Your service has no access",
    "Only the unit that article 4 names may look into files.",
)
_NOS: Mapping[Reason, Mapping[Language, Told]] = {
    Reason.CREDENTIAL_MISSING: _CREDENTIAL,
    Reason.CREDENTIAL_INVALID: _CREDENTIAL,
    Reason.MESSAGE_INVALID: _no(
        "Het formulier is niet volledig of niet juist ingevuld",
        "Vul de verplichte velden in en verstuur het opnieuw.",
        "The form is incomplete or not filled in correctly",
        "Fill in what is required and send it again.",
    ),
    Reason.INSZ_INVALID: _NUMBER,
    Reason.NOT_A_TEST_NUMBER: _NUMBER,
    Reason.NO_OPEN_QUESTION: _no(
        "Deze vraag is gesloten of bestaat niet",
        "Noteer de vraag van de burger als een nieuwe vraag.",
        "This question is closed or does not exist",
        "Note the citizen's question as a new one.",
    ),
    Reason.NOT_IDENTIFIED: _no(
        "De vraagsteller is niet geïdentificeerd",
        "Identificeer de vraagsteller eerst.",
        "The caller is not identified",
        "Identify the caller first.",
    ),
    Reason.SESSION_OVER: _SESSION,
    Reason.TRAINING_MISSING: _no(
        "De opleiding over de jobbonus ontbreekt",
        "Enkel voorlichters met die opleiding mogen dossiers inkijken.",
        "The training on the jobbonus is missing",
        "Only agents with that training may look into files.",
    ),
    Reason.AUTHENTICATION_TOO_WEAK: _no(
        "De aanmelding is niet sterk genoeg",
        "Meld persoonlijk aan met eID of een digitale sleutel.",
        "The log-in is not strong enough",
        "Sign in personally, by eID or digital key.",
    ),
    Reason.UNIT_REFUSED: _UNIT,
    Reason.UNIT_NOT_LISTED: _UNIT,
    Reason.NO_PROTOCOL: _UNIT,
    Reason.PROTOCOL_ENDED: _STATE,
    Reason.PROTOCOL_NOT_IN_FORCE: _STATE,
    Reason.PROTOCOL_SUSPENDED: _STATE,
    Reason.SOURCE_SILENT: _NOT_NOW,
    Reason.SOURCE_BUSY: _NOT_NOW,
    Reason.SOURCE_GARBLED: _NOT_NOW,
    Reason.TOO_MANY_REQUESTS: _no(
        "Te veel vragen na elkaar",
        "Wacht even en probeer opnieuw.",
        "Too many requests in a row",
        "Wait a moment and try again.",
    ),
    Reason.READ_ONLY: _no(
        "Een dossier kan worden ingekeken, niet gewijzigd",
        "",
        "A file can be looked into, not changed",
        "",
    ),
}

TEXTS: Mapping[Language, Mapping[str, str]] = {
    "nl": {
        "title": "Jobbonus: dossier inkijken",
        "skip": "Naar de inhoud",
        "other": "English",
        "error": "Fout",
        "sign_in": "Aanmelden",
        "sign_out": "Afmelden",
        "token": "Toegangsbewijs",
        "token_hint": "Plak het toegangsbewijs van uw eenheid. Leeg laten als uw browser een clientcertificaat toont.",
        "agent": "Uw INSZ",
        "agent_hint": "Elf cijfers: de voorlichter die de vraag beantwoordt.",
        "login": "U bent bij uw organisatie aangemeld met",
        "eid": "eID",
        "digital-key": "een digitale sleutel",
        "password": "een wachtwoord",
        "new_question": "Nieuwe vraag",
        "question_lead": "Noteer eerst wat de burger vraagt. Zonder vraag is er geen inzage.",
        "insz": "INSZ van de vraagsteller",
        "insz_hint": "Elf cijfers.",
        "question": "Vraag van de burger",
        "question_hint": "Deze tekst wordt niet bewaard. Zet er geen persoonsgegevens in.",
        "channel": "Kanaal",
        "telefoon": "Telefoon",
        "e-mail": "E-mail",
        "chat": "Chat",
        "note": "Vraag noteren",
        "identify": "Vraagsteller identificeren",
        "identify_lead": "Vraag de burger minstens één identificatiegegeven en minstens één element van het dossier. Wat u invult moet volledig juist zijn. Na drie mislukte pogingen sluit de vraag.",
        "person": "Identificatiegegevens",
        "person_hint": "Naam én voornaam, of een of meer delen van het adres.",
        "name": "Naam",
        "first_name": "Voornaam",
        "street": "Straat",
        "number": "Huisnummer",
        "box": "Busnummer",
        "postcode": "Postcode",
        "town": "Gemeente",
        "country": "Land",
        "country_hint": "Twee letters, bijvoorbeeld BE.",
        "elements": "Elementen van het dossier",
        "elements_hint": "Het bedrag van de jobbonus, of het rekeningnummer.",
        "amount": "Bedrag",
        "amount_hint": "In euro, bijvoorbeeld 123,45.",
        "account": "Rekeningnummer",
        "check": "Identificeren",
        "not_identified": "De vraagsteller is niet geïdentificeerd",
        "not_identified_advice": "Meer kan niet gezegd worden. Vraag de gegevens opnieuw.",
        "no_sight": "Geen inzage",
        "file": "Dossier",
        "sight": "Inzage",
        "until": "tot",
        "minutes_left": "minuten over",
        "minute_left": "minuut over",
        "sight_hint": "Daarna verdwijnt deze pagina. Niets ervan wordt bewaard: druk niet af en kopieer niet.",
        "read_only": "Enkel lezen",
        "address": "Adres",
        "wage": "Loon",
        "bonus": "Bedrag van de jobbonus",
        "calculation": "Berekening",
        "status": "Status",
        "none": "niet geregistreerd",
        "letter": "Brief",
        "letter_dated": "Brief van",
        "done": "Vraag afronden",
        "back_question": "Terug naar de identificatie",
        "back_start": "Nieuwe vraag noteren",
        "decision": "Beslissing",
        "under": "onder",
        "for_question": "Vraag",
        "simulator": "Simulator: enkel testnummers en verzonnen personen.",
    },
    "en": {
        "title": "Jobbonus: look into a file",
        "skip": "Skip to content",
        "other": "Nederlands",
        "error": "Error",
        "sign_in": "Sign in",
        "sign_out": "Sign out",
        "token": "Credential",
        "token_hint": "Paste the token of your unit. Leave it empty if your browser shows a client certificate.",
        "agent": "Your INSZ",
        "agent_hint": "Eleven digits: the agent who answers the question.",
        "login": "At your organisation you are signed in by",
        "eid": "eID",
        "digital-key": "a digital key",
        "password": "a password",
        "new_question": "New question",
        "question_lead": "First note what the citizen asks. Without a question there is no look.",
        "insz": "INSZ of the caller",
        "insz_hint": "Eleven digits.",
        "question": "The citizen's question",
        "question_hint": "This text is not kept. Put no personal data in it.",
        "channel": "Channel",
        "telefoon": "Telephone",
        "e-mail": "E-mail",
        "chat": "Chat",
        "note": "Note the question",
        "identify": "Identify the caller",
        "identify_lead": "Ask the citizen for at least one identification datum and at least one element of the file. What you fill in must be right as a whole. After three failed attempts the question closes.",
        "person": "Identification data",
        "person_hint": "Name and first name, or one or more parts of the address.",
        "name": "Name",
        "first_name": "First name",
        "street": "Street",
        "number": "House number",
        "box": "Box number",
        "postcode": "Postcode",
        "town": "Municipality",
        "country": "Country",
        "country_hint": "Two letters, for instance BE.",
        "elements": "Elements of the file",
        "elements_hint": "The amount of the jobbonus, or the account number.",
        "amount": "Amount",
        "amount_hint": "In euro, for instance 123.45.",
        "account": "Account number",
        "check": "Identify",
        "not_identified": "The caller is not identified",
        "not_identified_advice": "No more can be said. Ask for the data again.",
        "no_sight": "No look into the file",
        "file": "File",
        "sight": "Look",
        "until": "until",
        "minutes_left": "minutes left",
        "minute_left": "minute left",
        "sight_hint": "Then this page goes away. Nothing of it is kept: do not print or copy it.",
        "read_only": "Read only",
        "address": "Address",
        "wage": "Wage",
        "bonus": "Amount of the jobbonus",
        "calculation": "Calculation",
        "status": "Status",
        "none": "not registered",
        "letter": "Letter",
        "letter_dated": "Letter of",
        "done": "Finish the question",
        "back_question": "Back to the identification",
        "back_start": "Note a new question",
        "decision": "Decision",
        "under": "under",
        "for_question": "Question",
        "simulator": "Simulator: test numbers and invented people only.",
    },
}
