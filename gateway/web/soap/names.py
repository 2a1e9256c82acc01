"""Names on the SOAP wire: namespaces, domains and paths from a table, never derived (`magda.md` 1.1)."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.domain.services import (
    ADVICE,
    AUDIT_LOG,
    AUTHORISATIONS,
    AVAILABILITY,
    CARE_ALLOWANCE,
    DEREGISTER_0200,
    DEREGISTER_0201,
    PERSON,
    REGISTER_0200,
    REGISTER_0201,
    STATUS,
    TRANSACTIONS,
    Service,
)

ENVELOPE_NS = "http://schemas.xmlsoap.org/soap/envelope/"
ENVELOPE = f"{{{ENVELOPE_NS}}}Envelope"
HEADER = f"{{{ENVELOPE_NS}}}Header"
BODY = f"{{{ENVELOPE_NS}}}Body"


PLATFORM_ORIGIN = "MAGDA"
"""`Oorsprong` of an exception; clients tell exceptions apart by it together with the code."""


@dataclass(frozen=True, slots=True)
class SoapName:
    """What a service is called on the wire. `root` is the request element in Clark notation.

    `origin` is who says what is wrong with the content of a question: the platform, or the source.
    """

    service: Service
    domain: str
    namespace: str
    origin: str = PLATFORM_ORIGIN

    @property
    def root(self) -> str:
        """The request's root element."""
        return f"{{{self.namespace}}}{self.service.name}"

    @property
    def version(self) -> str:
        """`02.00.0000`, as Context/Versie writes it."""
        return f"{self.service.version}.0000"

    @property
    def path(self) -> str:
        """The service's own endpoint, beside the common ones."""
        return f"/{self.service.name}Dienst-{self.service.version}/soap/WebService"


_OLD = "http://webservice.{}dienst-{}.repertorium-{}.vip.vlaanderen.be"
SOAP_NAMES = (
    SoapName(
        CARE_ALLOWANCE,
        "Gezin",
        "http://magda.vlaanderen.be/gezin/soap/geefzorgtoeslag/v02_00",
        origin="KENG",
    ),
    SoapName(
        TRANSACTIONS,
        "Werk",
        "http://magda.vlaanderen.be/werk/soap/geefjobbonusplusverrichtingen/v01_00",
    ),
    SoapName(
        ADVICE,
        "Inburgering",
        "http://magda.vlaanderen.be/inburgering/soap/geefinburgeringsadvies/v01_00",
    ),
    SoapName(
        REGISTER_0200,
        "Repertorium",
        _OLD.format("registreerinschrijving", "02_00", "02_00"),
    ),
    SoapName(
        REGISTER_0201,
        "Repertorium",
        _OLD.format("registreerinschrijving", "02_01", "02_01"),
    ),
    SoapName(
        DEREGISTER_0200,
        "Repertorium",
        _OLD.format("registreeruitschrijving", "02_00", "02_00"),
    ),
    SoapName(
        DEREGISTER_0201,
        "Repertorium",
        _OLD.format("registreeruitschrijving", "02_01", "02_01"),
    ),
    SoapName(
        AUTHORISATIONS,
        "Algemeen",
        "http://webservice.geefmachtigingendienst-02_00.algemeen-02_00.vip.vlaanderen.be",
    ),
    SoapName(
        AUDIT_LOG,
        "Algemeen",
        "http://webservice.geefauditloggingdienst-02_00.algemeen-02_00.vip.vlaanderen.be",
    ),
    SoapName(
        AVAILABILITY,
        "Generiek",
        "http://webservice.isbeschikbaardienst-02_00.generiek-02_00.vip.vlaanderen.be",
    ),
    SoapName(
        STATUS,
        "Generiek",
        "http://webservice.geefwebservicestatusdienst-02_00.generiek-02_00.vip.vlaanderen.be",
    ),
    SoapName(PERSON, "Persoon", "http://magda.vlaanderen.be/persoon/soap/geefpersoon/v02_02"),
)
BY_ROOT: Mapping[str, SoapName] = {name.root: name for name in SOAP_NAMES}
BY_SERVICE: Mapping[str, SoapName] = {name.service.key: name for name in SOAP_NAMES}
COMMON_PATHS = ("/soap", "/Magda-02.00/soap/WebService", "/api/Magda-02.00/soap/WebService")
PATHS: Mapping[str, SoapName | None] = {
    **dict.fromkeys(COMMON_PATHS),
    **{name.path: name for name in SOAP_NAMES},
}
