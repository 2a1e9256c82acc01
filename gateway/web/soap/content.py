"""Writes a filtered record as the content of an answer: what the record holds, in the wire's order."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.web.soap.xml import escape

Record = Mapping[str, Any]


def care_allowance(data: Record) -> str:
    """Zorgtoeslag (`magda.md` 2.1)."""
    return _element(
        "Zorgtoeslag",
        _leaf("INSZ", data.get("insz")),
        _application(data.get("statusAanvraag")),
        _group("Erkenningen", (_recognition(one) for one in data.get("erkenningen", ()))),
    )


def transactions(data: Record) -> str:
    """Verrichtingen (`magda.md` 2.8)."""
    return _element(
        "Verrichtingen",
        _leaf("INSZ", data.get("insz")),
        *(_transaction(one) for one in data.get("verrichtingen", ())),
    )


def advice(data: Record) -> str:
    """Advies: OK or NOK on the opening day, and with NOK why (002 art. 3)."""
    return _element(
        "Advies",
        _leaf("INSZ", data.get("insz")),
        _leaf("Openingsdatum", data.get("openingsdatum")),
        _leaf("Resultaat", data.get("advies")),
        _leaf("Reden", data.get("reden")),
    )


def registration(data: Record) -> str:
    """Resultaat (`magda.md` 2.2)."""
    succeeded = data["resultaat"] == 1
    said = "Wel geslaagd" if succeeded else "Niet geslaagd"
    return f'<Resultaat Beschrijving="{said}">{int(succeeded)}</Resultaat>'


def _transaction(one: Record) -> str:
    return _element(
        "Verrichting",
        _leaf("Maatregel", one.get("maatregel")),
        _leaf("FiscaalJaar", one.get("fiscaalJaar")),
        _leaf("BedragType", one.get("bedragtype")),
        _leaf("EffectieveVerrichtingDatum", one.get("effectieveVerrichtingsdatum")),
        _leaf("VerrichtingBedrag", one.get("verrichtingbedrag")),
    )


def _application(one: Record | None) -> str:
    if one is None:
        return ""
    return _element(
        "StatusAanvraag",
        _legislation(one.get("wetgeving")),
        _leaf("DatumAanvraag", one.get("datumAanvraag")),
        _flag("ErkenningLopende", one.get("erkenningLopende")),
        _leaf("DatumDossierVolledig", one.get("datumDossierVolledig")),
        _flag("InBeroep", one.get("inBeroep")),
    )


def _recognition(one: Record) -> str:
    period = one.get("periode") or {}
    return _element(
        "Erkenning",
        _element(
            "StatusErkenning",
            _leaf("DatumBeslissing", one.get("datumBeslissing")),
            _element(
                "PeriodeErkenning",
                _leaf("Begindatum", period.get("begin")),
                _leaf("Einddatum", period.get("einde")),
            ),
        ),
        _legislation(one.get("wetgeving")),
        _element("ResultaatErkenningKind", _pillars(one)),
        _leaf("StatusBeslissing", one.get("statusBeslissing")),
    )


def _pillars(one: Record) -> str:
    return _element(
        "Pijlers",
        _leaf("Pijler1", one.get("pijler1")),
        _leaf("Pijler2", one.get("pijler2")),
        _leaf("Pijler3", one.get("pijler3")),
        _sub_pillars("2", one.get("subpijlers2")),
        _sub_pillars("3", one.get("subpijlers3")),
        _leaf("Totaal", one.get("totaal")),
    )


def _sub_pillars(pillar: str, points: Record | None) -> str:
    """NOTE(wire): these element names hold a dot."""
    leaves = (_leaf(f"SubPijler{pillar}.{key}", value) for key, value in (points or {}).items())
    return _group(f"SubpijlerPijler{pillar}", leaves)


def _legislation(one: Record | None) -> str:
    if one is None:
        return ""
    described = one.get("omschrijving")
    text = f'<Omschrijving Taal="nl">{escape(described)}</Omschrijving>' if described else ""
    return _element("Wetgeving", _leaf("Code", one.get("code")), text)


def _leaf(name: str, value: object) -> str:
    if value is None:
        return ""
    return f"<{name}>{escape(value) if type(value) is str else value}</{name}>"


def _flag(name: str, value: bool | None) -> str:  # noqa: FBT001  it is the value
    return "" if value is None else f"<{name}>{int(value)}</{name}>"


def _element(name: str, *children: str) -> str:
    """The element around its children, or nothing around nothing."""
    inner = "".join(children)
    return f"<{name}>{inner}</{name}>" if inner else ""


def _group(name: str, children: Iterable[str]) -> str:
    return _element(name, *children)


CONTENT: Mapping[str, Callable[[Record], str]] = {
    "GeefZorgtoeslag": care_allowance,
    "GeefJobbonusPlusVerrichtingen": transactions,
    "GeefInburgeringsadvies": advice,
    "RegistreerInschrijving": registration,
    "RegistreerUitschrijving": registration,
}
