"""Where each field of a record stands in an answer, told once: answers and schemas follow it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.domain.services import Branches, Path
from gateway.web.soap.xml import escape

Render = Callable[[str, Any], str]
"""Writes an element around a value that is there."""


def _text(element: str, value: object) -> str:
    return f"<{element}>{escape(value) if type(value) is str else value}</{element}>"


def _flag(element: str, value: object) -> str:
    return f"<{element}>{int(bool(value))}</{element}>"


def _dutch(element: str, value: object) -> str:
    """A description, if it says anything."""
    return f'<{element} Taal="nl">{escape(str(value))}</{element}>' if value else ""


def _result(element: str, value: object) -> str:
    said = "Wel geslaagd" if value == 1 else "Niet geslaagd"
    return f'<{element} Beschrijving="{said}">{int(value == 1)}</{element}>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One element of an answer's content.

    `key` is the member of the record that it shows, seen from the place around it; without one it shows
    members of the same record as that place does. A place without `parts` is a leaf.
    """

    element: str
    key: str | None = None
    parts: tuple["Place", ...] = ()
    is_list: bool = False
    render: Render = _text


def leaf(element: str, key: str, render: Render = _text) -> Place:
    """An element that holds a value."""
    return Place(element=element, key=key, render=render)


def group(element: str, *parts: Place, key: str | None = None) -> Place:
    """An element around others; with `key` they show a record inside the record."""
    return Place(element=element, key=key, parts=parts)


def each(element: str, key: str, *parts: Place) -> Place:
    """An element for each record of a list."""
    return Place(element=element, key=key, parts=parts, is_list=True)


def kept(places: tuple[Place, ...], branches: Branches | None) -> tuple[Place, ...]:
    """The places that can still be filled where only these branches of the record may leave.

    `None` stands for the whole record. What is left around nothing is gone too.
    """
    if branches is None:
        return places
    found = (_kept(place, branches) for place in places)
    return tuple(place for place in found if place is not None)


def _kept(place: Place, branches: Branches) -> Place | None:
    if place.key is not None and place.key not in branches:
        return None
    if not place.parts:
        return place
    parts = kept(place.parts, branches if place.key is None else branches[place.key])
    return replace(place, parts=parts) if parts else None


def element_path(places: tuple[Place, ...], path: Path) -> str | None:
    """Where a field of the record stands, as `Zorgtoeslag/INSZ`; `None` where it stands nowhere."""
    for place in places:
        rest = path[1:] if place.key == path[0] else path if place.key is None else None
        if rest == ():
            return place.element
        inside = element_path(place.parts, rest) if rest else None
        if inside is not None:
            return f"{place.element}/{inside}"
    return None


def _legislation() -> Place:
    return group(
        "Wetgeving",
        leaf("Code", "code"),
        leaf("Omschrijving", "omschrijving", _dutch),
        key="wetgeving",
    )


def _sub_pillars(pillar: int, count: int) -> Place:
    """NOTE(wire): these element names hold a dot."""
    leaves = (leaf(f"SubPijler{pillar}.{n}", str(n)) for n in range(1, count + 1))
    return group(f"SubpijlerPijler{pillar}", *leaves, key=f"subpijlers{pillar}")


_PILLARS = group(
    "Pijlers",
    leaf("Pijler1", "pijler1"),
    leaf("Pijler2", "pijler2"),
    leaf("Pijler3", "pijler3"),
    _sub_pillars(2, 4),
    _sub_pillars(3, 3),
    leaf("Totaal", "totaal"),
)
_CARE_ALLOWANCE = group(
    "Zorgtoeslag",
    leaf("INSZ", "insz"),
    group(
        "StatusAanvraag",
        _legislation(),
        leaf("DatumAanvraag", "datumAanvraag"),
        leaf("ErkenningLopende", "erkenningLopende", _flag),
        leaf("DatumDossierVolledig", "datumDossierVolledig"),
        leaf("InBeroep", "inBeroep", _flag),
        key="statusAanvraag",
    ),
    group(
        "Erkenningen",
        each(
            "Erkenning",
            "erkenningen",
            group(
                "StatusErkenning",
                leaf("DatumBeslissing", "datumBeslissing"),
                group(
                    "PeriodeErkenning",
                    leaf("Begindatum", "begin"),
                    leaf("Einddatum", "einde"),
                    key="periode",
                ),
            ),
            _legislation(),
            group("ResultaatErkenningKind", _PILLARS),
            leaf("StatusBeslissing", "statusBeslissing"),
        ),
    ),
)
_TRANSACTIONS = group(
    "Verrichtingen",
    leaf("INSZ", "insz"),
    each(
        "Verrichting",
        "verrichtingen",
        leaf("Maatregel", "maatregel"),
        leaf("FiscaalJaar", "fiscaalJaar"),
        leaf("BedragType", "bedragtype"),
        leaf("EffectieveVerrichtingDatum", "effectieveVerrichtingsdatum"),
        leaf("VerrichtingBedrag", "verrichtingbedrag"),
    ),
)
_ADVICE = group(
    "Advies",
    leaf("INSZ", "insz"),
    leaf("Openingsdatum", "openingsdatum"),
    leaf("Resultaat", "advies"),
    leaf("Reden", "reden"),
)
_RESULT = leaf("Resultaat", "resultaat", _result)
LAYOUTS: Mapping[str, tuple[Place, ...]] = {
    "GeefZorgtoeslag": (_CARE_ALLOWANCE,),
    "GeefJobbonusPlusVerrichtingen": (_TRANSACTIONS,),
    "GeefInburgeringsadvies": (_ADVICE,),
    "RegistreerInschrijving": (_RESULT,),
    "RegistreerUitschrijving": (_RESULT,),
}
"""What stands in `Inhoud` of an answer, by service name (`magda.md` 2.1, 2.2, 2.8)."""
