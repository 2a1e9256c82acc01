"""What the platform's own services answer, laid out (`magda.md` 2.11 and 5.2)."""

from collections.abc import Mapping

from gateway.domain.disclosure import CONSULTED, FILED
from gateway.domain.platform_questions import PERSON_KEY
from gateway.web.soap.place import Place, Render, each, flag, group, leaf


def _build(element: str, value: object) -> str:
    return f"<{element}>{value}.0000</{element}>"


def _is_kind(kind: str) -> Render:
    return lambda element, value: flag(element, value == kind)


def _message_kind(element: str, value: object) -> str:
    return f"<{element}>{'VRAAG' if value == CONSULTED else 'PUBLICATIE'}</{element}>"


def _moment(element: str, value: object) -> str:
    """A local time with a space in it and without offset, as the log's service writes it."""
    return f"<{element}>{str(value)[:_TO_THE_MILLISECOND].replace('T', ' ')}</{element}>"


_TO_THE_MILLISECOND = len("2025-03-10T08:00:00.000")
_COUNTERS = (
    "start", "aantalVragen", "aantalAntwoorden", "aantalFouten", "recentsteVraag",
    "recentsteAntwoord", "recentsteFout", "doorlooptijd",
)  # fmt: skip
_LOGGED_MOMENTS = ("Vraag", "Antwoord", "Log")

_AUTHORISATIONS = group(
    "Machtigingen",
    each(
        "Machtiging",
        "machtigingen",
        leaf("Code", "code"),
        leaf("Omschrijving", "omschrijving"),
        leaf("URL", "url"),
    ),
)
_LOGGED_SENDER = group(
    "Afnemer",
    leaf("Uri", "afnemer"),
    group("Organisatie", leaf("Code", "partij"), leaf("Omschrijving", "organisatie")),
    group("Dienstverlening", leaf("Omschrijving", "doel")),
    group("Hoedanigheid", leaf("Code", "hoedanigheid")),
    group("Referte", leaf("Intern", "referte"), leaf("Extern", "beslissing")),
    group(
        "Machtigingen",
        group(
            "Machtiging",
            leaf("Code", "protocol"),
            leaf("Omschrijving", "titel"),
            leaf("URL", "url"),
        ),
    ),
)
_LOGGED_SERVICE = group(
    "Dienst",
    leaf("Naam", "dienst"),
    leaf("Versie", "versie", _build),
    group(
        "Type",
        leaf("Webservice", "soort", _is_kind(CONSULTED)),
        leaf("Publicatie", "soort", _is_kind(FILED)),
    ),
)
_LOGGED_KEY = group(
    "Sleutel",
    leaf("Type", "insz", lambda element, _: f"<{element}>{PERSON_KEY}</{element}>"),
    leaf("Waarde", "insz"),
    leaf("BerichtType", "soort", _message_kind),
    group("Bron", leaf("Code", "bron"), leaf("Omschrijving", "bronnaam")),
    leaf("DatumTijdstipLog", "wanneer", _moment),
)
_AUDIT_LOG = group(
    "AuditLoggings",
    each(
        "AuditLogging",
        "auditloggings",
        group(
            "Kern",
            _LOGGED_SENDER,
            _LOGGED_SERVICE,
            *(leaf(f"DatumTijdstip{what}", "wanneer", _moment) for what in _LOGGED_MOMENTS),
        ),
        group("Sleutels", _LOGGED_KEY),
    ),
)
_AVAILABILITY = (leaf("VraagTijd", "vraagTijd"), leaf("AntwoordTijd", "antwoordTijd"))
_COUNTED = group(
    "WebserviceStatus",
    *(leaf(name[0].upper() + name[1:], name) for name in _COUNTERS),
    key="webserviceStatus",
)
_SERVICES = group(
    "Diensten",
    each(
        "Dienst",
        "diensten",
        leaf("Naam", "dienst"),
        leaf("Versie", "versie"),
        leaf("Beschikbaar", "beschikbaar", flag),
        group(
            "Bron",
            leaf("Code", "partij"),
            leaf("Beschikbaar", "beschikbaar", flag),
            leaf("Reden", "reden"),
            key="bron",
        ),
    ),
)
BARE_STATUS = (*_AVAILABILITY, _COUNTED)
"""GeefWebserviceStatus without our own list of services."""
PLATFORM_LAYOUTS: Mapping[str, tuple[Place, ...]] = {
    "GeefMachtigingen": (_AUTHORISATIONS,),
    "GeefAuditLogging": (_AUDIT_LOG,),
    "IsBeschikbaar": _AVAILABILITY,
    "GeefWebserviceStatus": (*BARE_STATUS, _SERVICES),
}
