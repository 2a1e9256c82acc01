"""The simulated credentials: every unit of contract section 2, with its sender words and drop folders."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.contracts.drop import Factor

MUTATIONS = "jobbonusplus-mutaties"
YEARLY_LIST, MEMBERS_LIST = "inburgering-jaarlijst", "inburgering-jaarlijst-leden"
PAYMENTS = "zele-betaalbestand"
ACCESS_MANAGER = "77680903245"
"""An invented person who says who has access at the AVSB, and so may not use it (002 art. 6)."""


class Drop(StrEnum):
    """Which side of the drop server a unit uses for a flow."""

    INTO = "in"
    OUT_OF = "uit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One credential. `key` is also the SFTP user; `drops` its folders as (side, flow).

    `team` is the unit of the protocol that its people belong to, if that is not named as the
    credential; `training` what they were trained in, and `managers` which of them manage access. `shares` is whose folders it uses on the drop
    server, where several units use the same; `factors` what it shows to log in there.
    """

    key: str
    party: str
    protocols: tuple[str, ...]
    owner: str
    hoedanigheid: str
    refused: bool = False
    drops: tuple[tuple[Drop, str], ...] = ()
    team: str | None = None
    training: frozenset[str] = frozenset()
    managers: frozenset[str] = frozenset()
    shares: str | None = None
    factors: tuple[Factor, ...] = (Factor.KEY,)

    @property
    def folder(self) -> str:
        """Whose directory on the drop server it uses."""
        return self.shares or self.key

    @property
    def uri(self) -> str:
        """The sender's URI: lower case, the acceptance environment marked by `-aip`."""
        return f"{self.owner}/{self.key}-aip"


def _collector(key: str, party: str, owner: str, hoedanigheid: str) -> Unit:
    """A unit of 001 that gets the daily mutation file."""
    drops = ((Drop.OUT_OF, MUTATIONS),)
    return Unit(key=key, party=party, protocols=("001",), owner=owner,
                hoedanigheid=hoedanigheid, drops=drops)  # fmt: skip


def _with_drop(
    key: str, protocol: str, owner: str, hoedanigheid: str, side: Drop, flow: str
) -> Unit:
    """A party of one unit that uploads, or gets, the files of one flow."""
    return Unit(key=key, party=key, protocols=(protocol,), owner=owner, hoedanigheid=hoedanigheid,
                drops=((side, flow),))  # fmt: skip


def _of_zele(key: str, hoedanigheid: str) -> Unit:
    """A unit of the municipality: four of them use one folder, each with its own password (art. 6)."""
    return Unit(key=key, party="zele", protocols=("003",), owner=_ZELE, hoedanigheid=hoedanigheid,
                drops=((Drop.OUT_OF, PAYMENTS),), shares="zele", factors=(Factor.PASSWORD,))  # fmt: skip


def _unit(
    key: str, party: str, protocol: str, owner: str, hoedanigheid: str, *, refused: bool = False
) -> Unit:
    return Unit(key=key, party=party, protocols=(protocol,), owner=owner,
                hoedanigheid=hoedanigheid, refused=refused)  # fmt: skip


_WVG = "wvg.vlaanderen.be/opgroeien"
_VUTG = "wvg.vlaanderen.be/vutg"
_DV = "kbbj.vlaanderen.be/dv"
_ZELE = "zele.be/sociaal"
_AHOVOKS = "onderwijs.vlaanderen.be/ahovoks"

UNITS: Sequence[Unit] = (
    _unit("vlabel", "vlabel", "000", "fb.vlaanderen.be/vlabel", "bron-jobbonus"),
    Unit(
        key="dv-cc1700",
        party="dv",
        protocols=("000",),
        owner=_DV,
        hoedanigheid="voorlichter-1700",
        training=frozenset({"jobbonus"}),
    ),
    _unit("dv-diensten", "dv", "000", _DV, "eigen-dienst", refused=True),
    Unit(
        key="dv-cc1700-onopgeleid",
        party="dv",
        protocols=("000",),
        owner=_DV,
        hoedanigheid="voorlichter-1700",
        refused=True,
        team="dv-cc1700",
    ),
    Unit(
        key="wewis",
        party="wewis",
        protocols=("001",),
        owner="wse.vlaanderen.be/wewis",
        hoedanigheid="bron-jobbonusplus",
        drops=((Drop.INTO, MUTATIONS),),
    ),
    _collector("opgroeien-kring", "opgroeien", _WVG, "gegevensnetwerk"),
    _unit("opgroeien-geschillen", "opgroeien", "001", _WVG, "geschillencommissie"),
    _unit("opgroeien-beleid", "opgroeien", "001", _WVG, "beleidsonderbouwing"),
    _collector("vutg-rechten", "vutg", _VUTG, "dossierbeheer"),
    _unit("vutg-audit", "vutg", "001", _VUTG, "audit"),
    _unit("vutg-toezicht", "vutg", "001", _VUTG, "begeleiding-toezicht"),
    _unit("vutg-bemiddeling", "vutg", "001", _VUTG, "klachten-bemiddeling"),
    _collector("infino", "infino", "infino.be/groeipakket", "dossierbeheer"),
    _collector("kidslife", "kidslife", "kidslife.be/groeipakket", "dossierbeheer"),
    _collector("myfamily", "myfamily", "myfamily.be/groeipakket", "dossierbeheer"),
    _collector("parentia", "parentia", "parentia.be/groeipakket", "dossierbeheer"),
    _unit("infino-audit", "infino", "001", "infino.be/groeipakket", "audit", refused=True),
    _with_drop("agii", "002", "abb.vlaanderen.be/agii", "bron-inburgering", Drop.INTO, YEARLY_LIST),
    replace(
        _with_drop("avsb", "002", "wvg.vlaanderen.be/avsb", "zorgbudget", Drop.OUT_OF, YEARLY_LIST),
        managers=frozenset({ACCESS_MANAGER}),
    ),
    *(
        _with_drop(
            f"zorgkas-{n}", "002", f"zorgkas-{n}.be/vsb", "zorgkas", Drop.OUT_OF, MEMBERS_LIST
        )
        for n in range(1, 7)
    ),
    Unit(
        key="vutg",
        party="vutg",
        protocols=("003",),
        owner=_VUTG,
        hoedanigheid="bron-betaalbestand",
        drops=((Drop.INTO, PAYMENTS),),
        factors=(Factor.KEY, Factor.CODE),
    ),
    _of_zele("zele-samenlevingsopbouw", "samenlevingsopbouw"),
    _of_zele("zele-financien", "financien"),
    _of_zele("zele-leven-welzijn", "leven-welzijn"),
    _of_zele("zele-algemeen-directeur", "algemeen-directeur"),
    _unit("zele-burgerzaken", "zele", "003", _ZELE, "burgerzaken", refused=True),
    _unit("opgroeien", "opgroeien", "004", _WVG, "bron-zorgtoeslag"),
    _unit("ahovoks-studietoelagen", "ahovoks", "004", _AHOVOKS, "studietoelagen"),
    _unit("ahovoks-andere", "ahovoks", "004", _AHOVOKS, "andere-afdeling", refused=True),
)
