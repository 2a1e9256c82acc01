"""Invented names, streets, and the towns that a crowd lives in."""

from providers.world.personas import BRUSSEL, GENT, LEUVEN, LOKEREN, ZELE

FIRST_NAMES = (
    "Ada", "Bas", "Cleo", "Daan", "Esra", "Fien", "Gust", "Hana", "Ivo", "Jade", "Kaat", "Levi",
    "Mila", "Nand", "Odile", "Pepijn", "Quinten", "Rania", "Stijn", "Tuur", "Ugo", "Veerle",
    "Wout", "Xander", "Yasmin", "Zeno", "Aya", "Bilal", "Céline", "Dilara", "Emre", "Floor",
)  # fmt: skip
_BEGINNINGS = (
    "Aer", "Beek", "Calle", "Dierick", "Els", "Fonte", "Gever", "Holle", "Inge", "Jorda", "Kerk",
    "Linde", "Molle", "Neer", "Ooster", "Pauwel", "Quaed", "Rooze", "Spel", "Terre", "Ulen",
    "Vinck", "Wester", "Zande",
)  # fmt: skip
_ENDINGS = ("nout", "aert", "brand", "inck", "broeck", "yn", "mans", "vliet", "dael", "hove", "ghem", "stra")  # fmt: skip
LAST_NAMES = tuple(begin + end for begin in _BEGINNINGS for end in _ENDINGS)
STREETS = (
    "Molenstraat", "Lindelaan", "Kerkdreef", "Beukenhof", "Schoolpad", "Vlierweg", "Populierstraat",
    "Veldstraat", "Hoogkouter", "Sleutelbloemlaan", "Winkelhaak", "Oude Vest", "Meersdreef",
)  # fmt: skip
Town = tuple[str, str, str]
_WEIGHTS: dict[Town, int] = {
    ZELE: 3, GENT: 13, LOKEREN: 4, LEUVEN: 8, BRUSSEL: 3, ("2000", "Antwerpen", "11002"): 20,
    ("2800", "Mechelen", "12025"): 6, ("2300", "Turnhout", "13040"): 4, ("8000", "Brugge", "31005"): 8,
    ("8500", "Kortrijk", "34022"): 6, ("8400", "Oostende", "35013"): 5, ("8800", "Roeselare", "36015"): 4,
    ("9300", "Aalst", "41002"): 6, ("9200", "Dendermonde", "42006"): 3, ("3600", "Genk", "71016"): 7,
}  # fmt: skip
TOWNS: tuple[Town, ...] = tuple(_WEIGHTS)
TOWN_OF_HUNDRED = tuple(number for number, town in enumerate(TOWNS) for _ in range(_WEIGHTS[town]))
"""Which town each of a hundred homes is in."""
assert len(TOWN_OF_HUNDRED) == 100  # noqa: PLR2004  a share is a percentage
