"""The one table of reasons: why something was refused, and what each wire calls it.

Source: `contract.md` section 4. A reason is stable; its code, SOAP level and REST status follow from it.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Level(IntEnum):
    """Where a SOAP client finds the exception (`magda.md` 1.4)."""

    FAULT = 1
    CONTEXT = 2
    QUESTION = 3


class Reason(StrEnum):
    """Every reason there is, in the order in which the checks are made."""

    CREDENTIAL_MISSING = "credential-missing"
    CREDENTIAL_INVALID = "credential-invalid"
    TOO_LARGE = "too-large"
    SERVICE_UNKNOWN = "service-unknown"
    MESSAGE_INVALID = "message-invalid"
    READ_ONLY = "read-only"
    TOO_MANY_REQUESTS = "too-many-requests"
    SENDER_MISMATCH = "sender-mismatch"
    NO_PROTOCOL = "no-protocol"
    PROTOCOL_NOT_IN_FORCE = "protocol-not-in-force"
    PROTOCOL_ENDED = "protocol-ended"
    PROTOCOL_SUSPENDED = "protocol-suspended"
    FLOW_NOT_OPEN = "flow-not-open"
    INSTRUMENT_NOT_ACTIVE = "instrument-not-active"
    UNIT_NOT_LISTED = "unit-not-listed"
    UNIT_REFUSED = "unit-refused"
    PURPOSE_NOT_AGREED = "purpose-not-agreed"
    PURPOSE_REQUIRED = "purpose-required"
    CASE_REQUIRED = "case-required"
    ONWARD_NOT_NOTIFIED = "onward-not-notified"
    ONWARD_NOT_CONSENTED = "onward-not-consented"
    ONWARD_FORBIDDEN = "onward-forbidden"
    AUTHENTICATION_TOO_WEAK = "authentication-too-weak"
    TRAINING_MISSING = "training-missing"
    DUTIES_NOT_SEPARATED = "duties-not-separated"
    DATE_INVALID = "date-invalid"
    INSZ_INVALID = "insz-invalid"
    NOT_A_TEST_NUMBER = "not-a-test-number"
    PERIOD_INVALID = "period-invalid"
    DATE_IN_FUTURE = "date-in-future"
    LANGUAGE_UNKNOWN = "language-unknown"
    NO_GROUP_ASKED = "no-group-asked"
    TOO_MANY_SUBJECTS = "too-many-subjects"
    SUBJECT_KIND_REFUSED = "subject-kind-refused"
    NOTHING_PERMITTED = "nothing-permitted"
    FIELD_NOT_LISTED = "field-not-listed"
    OUTSIDE_WINDOW = "outside-window"
    QUOTA_SPENT = "quota-spent"
    NOT_A_MEMBER = "not-a-member"
    RIGHT_ENDED = "right-ended"
    NO_OPEN_QUESTION = "no-open-question"
    NOT_IDENTIFIED = "not-identified"
    SESSION_OVER = "session-over"
    NOT_REGISTERED = "not-registered"
    NO_DATA = "no-data"
    INSZ_CANCELLED = "insz-cancelled"
    INSZ_UNKNOWN = "insz-unknown"
    INSZ_REPLACED = "insz-replaced"
    ALREADY_REGISTERED = "already-registered"
    SOURCE_SILENT = "source-silent"
    SOURCE_GARBLED = "source-garbled"
    SOURCE_BUSY = "source-busy"
    INTERNAL = "internal"
    LOG_UNAVAILABLE = "log-unavailable"
    NO_SUCH_CLAUSE = "no-such-clause"
    DAY_ALREADY_DELIVERED = "day-already-delivered"
    CLOCK_BACKWARD = "clock-backward"


@dataclass(frozen=True, slots=True)
class Wire:
    """What a reason is called outside.

    `code` is MAGDA's number or `None`; `level` where SOAP shows it, `None` where SOAP never does;
    `status` the HTTP status on REST; `problem` the Belgif problem name; `text` the Dutch diagnosis.
    """

    code: str | None
    level: Level | None
    status: int
    problem: str
    text: str


def _row(code: str | None, level: Level | None, status: int, problem: str, text: str) -> Wire:
    return Wire(code, level, status, problem, text)


_DENIED = ("13001", Level.CONTEXT, 403, "missingPermission")
_DENIED_TEXT = "Geen machtiging van de afzender in deze hoedanigheid voor de gevraagde dienst"
_IDENTITY = ("40006", Level.CONTEXT, 403, "missingPermission")
_REFUSED = ("40005", Level.QUESTION, 403, "missingPermission")
_REFUSED_TEXT = "De toegang tot de gegevens is geweigerd"
_VERIFICATION = "ERR_025: Verification failure"


def _content(code: str, text: str) -> Wire:
    return _row(code, Level.QUESTION, 400, "badRequest", text)


_R = Reason
WIRE: dict[Reason, Wire] = {
    _R.CREDENTIAL_MISSING: _row(None, Level.FAULT, 401, "noAccessToken", _VERIFICATION),
    _R.CREDENTIAL_INVALID: _row(None, Level.FAULT, 401, "invalidAccessToken", _VERIFICATION),
    _R.MESSAGE_INVALID: _row(
        "10001", Level.FAULT, 400, "badRequest", "De vraag voldoet niet aan het formaat"
    ),
    _R.TOO_LARGE: _row("10001", Level.FAULT, 413, "payloadTooLarge", "De vraag is te groot"),
    _R.SERVICE_UNKNOWN: _row(
        "10001", Level.FAULT, 404, "resourceNotFound", "De gevraagde dienst is niet gekend"
    ),
    _R.READ_ONLY: _row(None, None, 405, "methodNotAllowed", "Enkel raadplegen is toegelaten"),
    _R.TOO_MANY_REQUESTS: _row(
        "99995", Level.FAULT, 429, "tooManyRequests", "Te veel gelijktijdige bevragingen"
    ),
    _R.SENDER_MISMATCH: _row(
        "20005",
        Level.CONTEXT,
        403,
        "missingPermission",
        "De identificatie of hoedanigheid is niet die van de afzender",
    ),
    **{
        reason: _row(*_DENIED, _DENIED_TEXT)
        for reason in (
            _R.NO_PROTOCOL,
            _R.PROTOCOL_NOT_IN_FORCE,
            _R.PROTOCOL_ENDED,
            _R.PROTOCOL_SUSPENDED,
            _R.FLOW_NOT_OPEN,
            _R.INSTRUMENT_NOT_ACTIVE,
            _R.UNIT_NOT_LISTED,
            _R.UNIT_REFUSED,
            _R.PURPOSE_NOT_AGREED,
            _R.PURPOSE_REQUIRED,
            _R.CASE_REQUIRED,
            _R.ONWARD_NOT_NOTIFIED,
            _R.ONWARD_NOT_CONSENTED,
            _R.ONWARD_FORBIDDEN,
        )
    },
    **{
        reason: _row(*_IDENTITY, "Fout in autorisatie")
        for reason in (_R.AUTHENTICATION_TOO_WEAK, _R.TRAINING_MISSING, _R.DUTIES_NOT_SEPARATED)
    },
    _R.DATE_INVALID: _content("20001", "De datum heeft een ongeldige structuur"),
    _R.INSZ_INVALID: _content("20002", "INSZ in de vraag heeft een ongeldige structuur"),
    _R.NOT_A_TEST_NUMBER: _content("20002", "INSZ in de vraag is geen testnummer"),
    _R.PERIOD_INVALID: _content("20003", "De begindatum ligt na de einddatum"),
    _R.DATE_IN_FUTURE: _content("20006", "De datum ligt in de toekomst"),
    _R.LANGUAGE_UNKNOWN: _content("25001", "De gevraagde taal wordt niet ondersteund"),
    _R.NO_GROUP_ASKED: _content("40102", "Er is geen gegevensgroep geselecteerd"),
    _R.TOO_MANY_SUBJECTS: _content("40035", "Er is meer dan een subject opgegeven"),
    _R.SUBJECT_KIND_REFUSED: _content("30034", "Dit soort subject is niet toegelaten"),
    _R.NOTHING_PERMITTED: _row(
        "15021",
        Level.QUESTION,
        403,
        "missingPermission",
        "Geen gegevens in antwoord wegens filtering",
    ),
    **{
        reason: _row(*_REFUSED, _REFUSED_TEXT)
        for reason in (
            _R.FIELD_NOT_LISTED,
            _R.OUTSIDE_WINDOW,
            _R.QUOTA_SPENT,
            _R.NOT_A_MEMBER,
            _R.RIGHT_ENDED,
            _R.NO_OPEN_QUESTION,
            _R.NOT_IDENTIFIED,
            _R.SESSION_OVER,
        )
    },
    _R.NOT_REGISTERED: _row(
        "13202",
        Level.QUESTION,
        403,
        "missingPermission",
        "Gegevens niet opvraagbaar, geen persoonsdossier geregistreerd",
    ),
    _R.NO_DATA: _row(
        "30001", Level.QUESTION, 404, "resourceNotFound", "Geen gegevens gevonden voor de vraag"
    ),
    _R.INSZ_CANCELLED: _row(
        "30002", Level.QUESTION, 404, "resourceNotFound", "Het INSZ is geannuleerd"
    ),
    _R.INSZ_UNKNOWN: _row(
        "30003", Level.QUESTION, 404, "resourceNotFound", "Het INSZ bestaat niet"
    ),
    _R.INSZ_REPLACED: _row("30004", Level.QUESTION, 200, "none", "Het INSZ werd vervangen"),
    _R.ALREADY_REGISTERED: _row(
        "40143",
        Level.QUESTION,
        200,
        "none",
        "De inschrijving in het MAGDA repertorium bestaat al",
    ),
    _R.SOURCE_SILENT: _row("60006", Level.QUESTION, 502, "badGateway", "Geen antwoord van de bron"),
    _R.SOURCE_GARBLED: _row(
        "60007", Level.QUESTION, 502, "badGateway", "Het antwoord van de bron is niet leesbaar"
    ),
    _R.SOURCE_BUSY: _row(
        "99996", Level.QUESTION, 503, "serviceUnavailable", "Bron is tijdelijk niet beschikbaar"
    ),
    _R.INTERNAL: _row("60009", Level.CONTEXT, 500, "internalServerError", "Interne fout"),
    _R.LOG_UNAVAILABLE: _row(
        "60009", Level.CONTEXT, 503, "serviceUnavailable", "Tijdelijk niet beschikbaar"
    ),
    _R.NO_SUCH_CLAUSE: _row(None, None, 409, "conflict", "Het protocol kent deze handeling niet"),
    _R.DAY_ALREADY_DELIVERED: _row(
        None, None, 409, "conflict", "Voor deze dag is al een ander bestand aangeleverd"
    ),
    _R.CLOCK_BACKWARD: _row(None, None, 409, "conflict", "De klok gaat niet achteruit"),
}
SECURITY = "AVG art. 32"
CITED_BY_THE_PLATFORM: dict[Reason, str] = {
    _R.CREDENTIAL_MISSING: SECURITY,
    _R.CREDENTIAL_INVALID: SECURITY,
    _R.TOO_MANY_REQUESTS: SECURITY,
    _R.SENDER_MISMATCH: SECURITY,
}
"""What the platform's own refusals rest on, before any protocol has a say."""
