"""Where each field of a record stands in an answer, told once: answers and schemas follow it."""

from collections.abc import Mapping

from gateway.web.soap.place import Place, each, flag, group, leaf
from gateway.web.soap.platform_layout import BARE_STATUS, PLATFORM_LAYOUTS
from gateway.web.soap.xml import escape


def _described(element: str, value: Mapping[str, str]) -> str:
    """A description in the language that it says it is in."""
    language, words = escape(value["taal"]), escape(value["tekst"])
    return f'<{element} Taal="{language}">{words}</{element}>'


def _result(element: str, value: object) -> str:
    said = "Wel geslaagd" if value == 1 else "Niet geslaagd"
    return f'<{element} Beschrijving="{said}">{int(value == 1)}</{element}>'


def _legislation() -> Place:
    return group(
        "Wetgeving",
        leaf("Code", "code"),
        leaf("Omschrijving", "omschrijving", _described),
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
        leaf("ErkenningLopende", "erkenningLopende", flag),
        leaf("DatumDossierVolledig", "datumDossierVolledig"),
        leaf("InBeroep", "inBeroep", flag),
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
    **PLATFORM_LAYOUTS,
}
"""What stands in `Inhoud` of an answer, by service name (`magda.md` 2.1, 2.2, 2.8)."""
BARE_LAYOUTS = {**LAYOUTS, "GeefWebserviceStatus": BARE_STATUS}
"""The same with `fidelity=magda`: nothing that the real platform would not say."""
