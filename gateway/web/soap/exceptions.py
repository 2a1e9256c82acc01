"""Refusals and warnings on the SOAP wire: Uitzonderingen at two levels, and the Fault."""

from collections.abc import Iterable, Sequence

from gateway.contracts.faults import Ground, Refusal
from gateway.contracts.reasons import WIRE, Reason
from gateway.domain.field_filter import Notice
from gateway.domain.services import Service
from gateway.web.soap.envelope import enveloped
from gateway.web.soap.layout import LAYOUTS
from gateway.web.soap.names import BY_SERVICE, PLATFORM_ORIGIN
from gateway.web.soap.place import element_path
from gateway.web.soap.xml import escape

HOLE = "\x00"
"""Where the decision's number goes; XML text cannot hold this character, so no content can forge it."""
_CLIENT_STATUS = range(400, 500)
_JUDGED_BY_SOURCE = frozenset(
    {Reason.INSZ_INVALID, Reason.NOT_A_TEST_NUMBER, Reason.DATE_IN_FUTURE, Reason.NO_GROUP_ASKED}
)
"""`magda.md` 2.1: at a service that has an origin of its own, these carry it."""
_LATER = frozenset({Reason.TOO_MANY_REQUESTS})
"""Where the same message may do better later: not the client's fault, says SOAP 1.1."""


def exceptions(refusal: Refusal, moment: str, service: Service, *, annotated: bool) -> str:
    """Uitzonderingen for every ground. `moment` is a rendered Tijdstip."""
    rendered = (
        _exception(
            g.reason,
            "FOUT",
            moment,
            _said(g, refusal) if annotated else "",
            _origin(g.reason, service),
        )
        for g in refusal.grounds
    )
    return f"<Uitzonderingen>{''.join(rendered)}</Uitzonderingen>"


def warnings(notices: Sequence[Notice], moment: str, service: Service) -> str:
    """Uitzonderingen beside content, or nothing."""
    if not notices:
        return ""
    rendered = (
        _exception(one.reason, "WAARSCHUWING", moment, _told(one, service)) for one in notices
    )
    return f"<Uitzonderingen>{''.join(rendered)}</Uitzonderingen>"


def _told(notice: Notice, service: Service) -> str:
    return annotations(notice.annotations) + _reference(notice, service)


def _reference(notice: Notice, service: Service) -> str:
    """The element that the warning points at, as an XPath into the answer."""
    if notice.about is None:
        return ""
    place = element_path(LAYOUTS[service.name], service.paths[notice.about])
    if place is None:
        return ""
    reference = f"<ElementReferentie>//Inhoud/{place}</ElementReferentie>"
    return f"<ElementReferenties>{reference}</ElementReferenties>"


def _said(ground: Ground, refusal: Refusal) -> str:
    """Which part of the question it is about, and our own words."""
    where = f"<Omstandigheid>{escape(ground.element)}</Omstandigheid>" if ground.element else ""
    return where + annotations(_ground_words(ground, refusal))


def annotations(words: Iterable[tuple[str, str]]) -> str:
    """Annotaties, or nothing."""
    rendered = "".join(
        f"<Annotatie><Naam>{escape(name)}</Naam><Waarde>{escape(value)}</Waarde></Annotatie>"
        for name, value in words
    )
    return f"<Annotaties>{rendered}</Annotaties>" if rendered else ""


def fault(refusal: Refusal, *, annotated: bool, is_server: bool = False) -> str:
    """A whole envelope with a Fault; `is_server` puts all blame on the platform, as that does itself."""
    ground = refusal.grounds[0]
    wire = WIRE[ground.reason]
    is_client = wire.status in _CLIENT_STATUS and ground.reason not in _LATER and not is_server
    code = "Client" if is_client else "Server"
    text = f"{wire.code} - {wire.text}" if wire.code else wire.text
    detail = _detail(ground, refusal) if annotated else _real_detail(ground)
    return enveloped(
        f"<soapenv:Fault><faultcode>soapenv:{code}</faultcode>"
        f"<faultstring>{escape(text)}</faultstring>{detail}</soapenv:Fault>"
    )


def _real_detail(ground: Ground) -> str:
    """All that the real platform says there: the rate."""
    if ground.reason is not Reason.TOO_MANY_REQUESTS:
        return ""
    return f"<detail><message>{escape(ground.detail)}</message></detail>"


def _detail(ground: Ground, refusal: Refusal) -> str:
    words = (("message", ground.detail), *_ground_words(ground, refusal))
    rendered = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in words if value)
    return f"<detail>{rendered}</detail>"


def _origin(reason: Reason, service: Service) -> str:
    """Who says so: of some content the source, which is where the real platform has it judged."""
    return BY_SERVICE[service.key].origin if reason in _JUDGED_BY_SOURCE else PLATFORM_ORIGIN


def _exception(
    reason: Reason, kind: str, moment: str, more: str, origin: str = PLATFORM_ORIGIN
) -> str:
    wire = WIRE[reason]
    return (
        f"<Uitzondering><Identificatie>{wire.code}</Identificatie><Oorsprong>{origin}</Oorsprong>"
        f"<Type>{kind}</Type>{moment}<Diagnose>{escape(wire.text)}</Diagnose>"
        f"{more}</Uitzondering>"
    )


def _ground_words(ground: Ground, refusal: Refusal) -> tuple[tuple[str, str], ...]:
    """The problem document's own members under the same names (contract section 4)."""
    logged = ground.reason is not Reason.LOG_UNAVAILABLE
    words = (
        ("reason", ground.reason.value),
        ("protocol", (refusal.protocol or "").partition("@")[0]),
        ("article", ground.cited or ""),
        ("decision", HOLE if logged else ""),
        ("remedy", ground.remedy),
    )
    return tuple((name, value) for name, value in words if value)
