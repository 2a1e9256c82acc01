"""Bundles spoilt in every way we could think of: all noticed, each with the place told. Ten thousand in the slow tests."""

import random

import pytest

from consumers.log_verifier import Broken, check_bundle, packed, unpacked
from tests.bundles import DOC, WAYS, Made, Spoil, a_made_bundle, signed_anew

QUICK, ALL = 40, 10_000


@pytest.fixture(scope="module")
def made() -> Made:
    return a_made_bundle()


def test_the_bundle_itself_holds(made: Made) -> None:
    told = check_bundle(made.bundle, made.trust, "x.zip")

    assert (told["entries"], told["size"], told["old"]) == (20, 40, [20, 37, 39])
    assert told["witnessed"] == 39
    assert check_bundle(made.bundle, made.trust.of_the_log, "x.zip")["witnessed"] is None
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


# -- a log that signs a lie -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole() -> Made:
    return a_made_bundle(whole=True)


def lies(made: Made, why: str, members: dict[str, bytes], **told: object) -> None:
    with pytest.raises(Broken, match=why):
        check_bundle(signed_anew(members, **told), made.trust, "x.zip")


def test_signed_anew_without_a_lie_it_holds(made: Made, whole: Made) -> None:
    for one in (made, whole):
        check_bundle(signed_anew(dict(unpacked(one.bundle, "x"))), one.trust, "x.zip")


def test_its_entries_must_stand_in_its_own_log(made: Made) -> None:
    held = dict(unpacked(made.bundle, "x"))
    lines = held["entries.ndjson"].splitlines(keepends=True)
    forged = lines[3].replace(b'"permit"', b'"refusal"')
    for changed, why in (
        ([*lines[:3], forged, *lines[4:]], "does not lead from this entry"),
        ([*lines[:3], lines[4], lines[3], *lines[5:]], "not in order"),
        ([*lines[:4], *lines[3:]], "not in order"),
        ([*lines[:-1], lines[-1].rstrip(b"\n")], "not in order"),
        ([*lines[:-1], lines[-1].replace(b'{"entry"', b'{"e":1,"entry"')], "no entry with its proof"),
    ):  # fmt: skip
        lies(made, why, held | {"entries.ndjson": b"".join(changed)}, entries=len(changed))
    lies(made, "were announced", held | {"entries.ndjson": b"".join(lines[:-1])})


def test_a_whole_period_has_no_gap_and_reaches_to_its_ends(whole: Made) -> None:
    held = dict(unpacked(whole.bundle, "x"))
    lines = held["entries.ndjson"].splitlines(keepends=True)
    assert len(lines) == 40
    for changed, why in (
        ([*lines[:9], *lines[10:]], "left out"),
        (lines[1:], "do not reach"),
        (lines[:-1], "do not reach"),
    ):
        lies(whole, why, held | {"entries.ndjson": b"".join(changed)}, entries=len(changed))


def test_the_text_must_be_the_one_that_entries_cite(made: Made) -> None:
    held = dict(unpacked(made.bundle, "x"))
    name = next(one for one in held if one.startswith("text/"))

    lies(made, "is missing, which an entry cites", held | {name: b"{}"})
    check_bundle(signed_anew({k: v for k, v in held.items() if k != name}, lost=[DOC]), made.trust, "x")  # fmt: skip


def test_older_checkpoints_must_lead_to_this_one(made: Made) -> None:
    held, early = (dict(unpacked(one, "x")) for one in (made.bundle, made.earlier))

    lies(made, "of another checkpoint", held | {"old/20": held["old/37"].replace(b"old 37", b"old 36")})  # fmt: skip
    lies(made, "were announced|another checkpoint|does not lead", held | {"checkpoint": early["checkpoint"]})  # fmt: skip
    lies(made, "another checkpoint", held, size=39)
    own, _, proof = held["old/20"].partition(b"--\n")
    turned = b"old 20\n\n" + early["checkpoint"]
    lies(made, "leads to another checkpoint", held | {"old/20": own + b"--\n" + turned})
    assert proof.startswith(b"old 20\n")


def test_no_other_kind_of_note_passes_for_a_table_of_contents(made: Made) -> None:
    held = dict(unpacked(made.bundle, "x"))
    other = held["contents"].replace(b"magda-sim/evidence@v1", b"magda-sim/evidence@v2")

    lies(made, "no table of contents", held | {"contents": other})
