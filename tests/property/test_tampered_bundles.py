"""Bundles spoilt in every way we could think of: all noticed, each with the place told. Ten thousand in the slow tests."""

import random

import pytest

from consumers.log_verifier import Broken, check_bundle, packed, unpacked
from tests.bundles import WAYS, Made, Spoil, a_made_bundle

QUICK, ALL = 40, 10_000


@pytest.fixture(scope="module")
def made() -> Made:
    return a_made_bundle()


def test_the_bundle_itself_holds(made: Made) -> None:
    told = check_bundle(made.bundle, made.trust, "x.zip")

    assert (told["entries"], told["size"], told["old"]) == (20, 40, [20, 37, 39])
    assert told["witnessed"] == 39
    with pytest.raises(Broken, match="1 witnesses have signed none"):
        check_bundle(made.earlier, made.trust, "early.zip")


def spoilt_and_told(made: Made, way: Spoil, chance: random.Random) -> bool:
    """Whether it was spoilt at all; if so, it must be noticed and the place must be told."""
    spoilt = way(made.bundle, chance)
    if spoilt == made.bundle:
        return False
    with pytest.raises(Broken) as broken:
        check_bundle(spoilt, made.trust, "x.zip")
    where = broken.value.where
    told = where.startswith(("x.zip, byte ", "x.zip/")) and where not in ("x.zip/", "x.zip, byte ")
    assert told, (way.__name__, where)
    return True


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_spoilt_bundle_is_noticed_and_its_place_told(made: Made, way: Spoil) -> None:
    chance = random.Random(way.__name__)

    assert sum(spoilt_and_told(made, way, chance) for _ in range(QUICK)) >= QUICK * 3 // 4


@pytest.mark.slow
def test_ten_thousand_spoilt_bundles_are_noticed(made: Made) -> None:
    chance, noticed = random.Random(6962), 0
    while noticed < ALL:
        noticed += spoilt_and_told(made, chance.choice(WAYS), chance)


def test_the_line_that_was_changed_is_named(made: Made) -> None:
    members = dict(unpacked(made.bundle, "x.zip"))
    lines = members["entries.ndjson"].splitlines(keepends=True)
    lines[6] = lines[6].replace(b'"permit"', b'"refusal"')
    spoilt = packed([*(members | {"entries.ndjson": b"".join(lines)}).items()])

    with pytest.raises(Broken) as broken:
        check_bundle(spoilt, made.trust, "x.zip")

    assert broken.value.where == "x.zip/entries.ndjson, line 7"
    assert broken.value.position == 14


def test_members_of_another_bundle_do_not_pass_for_its_own(made: Made) -> None:
    late, early = (dict(unpacked(raw, "x.zip")) for raw in (made.bundle, made.earlier))
    check_bundle(made.earlier, made.trust.of_the_log, "early.zip")
    for name in late.keys() & early.keys():
        if late[name] != early[name]:
            with pytest.raises(Broken):
                check_bundle(packed([*(late | {name: early[name]}).items()]), made.trust, "x.zip")


def test_a_bundle_of_another_log_is_not_trusted(made: Made) -> None:
    with pytest.raises(Broken, match="no key that you trust"):
        check_bundle(made.bundle, type(made.trust)([]), "x.zip")
