"""Tiles and proofs beside a tree that is worked out from its definition (RFC 6962 2.1), exhaustively to size 257."""

from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.merkle import EMPTY_ROOT, leaf_hash, node_hash
from gateway.domain.tile_names import bundled, parse_tile_name, tile_name
from gateway.domain.tiles import HASH, WIDTH, TiledTree, TileNodes, levels_of, width_at
from gateway.domain.tree_proofs import (
    consistency_proof,
    inclusion_proof,
    proves_consistency,
    proves_inclusion,
    root_at,
)
from tests.property.test_log_bytes import ROOTS, VECTOR

LARGEST = 257
HASHES = [leaf_hash(b"%d" % n) for n in range(70_000)]


@cache
def definition(low: int, high: int) -> bytes:
    """MTH over a range of leaves, word for word."""
    if high - low == 1:
        return HASHES[low]
    middle = low + half(high - low)
    return node_hash(definition(low, middle), definition(middle, high))


def half(count: int) -> int:
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def path(index: int, low: int, high: int) -> list[bytes]:
    """PATH of RFC 6962 2.1.1."""
    if high - low == 1:
        return []
    middle = low + half(high - low)
    if index < middle:
        return [*path(index, low, middle), definition(middle, high)]
    return [*path(index, middle, high), definition(low, middle)]


def subproof(old: int, low: int, high: int, *, whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962 2.1.2."""
    if old == high:
        return [] if whole else [definition(low, high)]
    middle = low + half(high - low)
    if old <= middle:
        return [*subproof(old, low, middle, whole=whole), definition(middle, high)]
    return [*subproof(old, middle, high, whole=False), definition(low, middle)]


@cache
def node(height: int, index: int) -> bytes:
    return definition(index << height, (index + 1) << height)


@pytest.fixture(scope="module")
def tiles() -> TileNodes:
    """The nodes of a tree of 70,000 leaves, out of the tiles that its growing gave away."""
    return TileNodes(Cut(len(HASHES)).read, len(HASHES))


class Cut:
    """Tiles as a log keeps them: the last leaves are not in one yet."""

    def __init__(self, size: int) -> None:
        self.tree, self.tiles = TiledTree(), dict[tuple[int, int], bytes]()
        for tile in self.tree.extend(HASHES[:size]):
            self.tiles[tile.level, tile.number] = tile.hashes

    def read(self, level: int, number: int, width: int) -> bytes:
        stored = self.tiles.get((level, number))
        if stored is None:
            assert level == 0
            stored = b"".join(HASHES[number * WIDTH : number * WIDTH + width])
        assert len(stored) >= width * HASH
        return stored[: width * HASH]


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
def test_proofs_are_those_of_the_definition_and_hold(size: int) -> None:
    root = definition(0, size)
    for index in range(size):
        proof = inclusion_proof(index, size, node)

        assert proof == path(index, 0, size)
        assert proves_inclusion(HASHES[index], index, size, proof, root)
    for old in range(1, size + 1):
        proof = consistency_proof(old, size, node)

        assert proof == subproof(old, 0, size, whole=True)
        assert proves_consistency(old, size, proof, definition(0, old), root)


def test_the_public_test_vector_is_proved_too() -> None:
    tree = TiledTree()
    for leaf, root in zip(VECTOR, ROOTS, strict=True):
        tree.extend([leaf_hash(leaf)])
        assert tree.root().hex() == root
    published = [  # of the tree of 8: leaf 0, leaf 5; and of 7: leaf 2
        (0, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
        (5, 8, ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    ]  # fmt: skip
    hashes = [leaf_hash(leaf) for leaf in VECTOR]
    for index, size, proof in published:
        packed = [bytes.fromhex(one) for one in proof]

        assert inclusion_proof(index, size, _nodes_of(hashes)) == packed
        assert proves_inclusion(hashes[index], index, size, packed, bytes.fromhex(ROOTS[size - 1]))


def _nodes_of(hashes: Sequence[bytes]) -> TileNodes:
    return TileNodes(lambda _, __, width: b"".join(hashes[:width]), len(hashes))


@given(st.data())
def test_nothing_else_is_proved(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, LARGEST))
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size - 1))
    inclusion, consistency = inclusion_proof(index, size, node), consistency_proof(old, size, node)
    root, before = definition(0, size), definition(0, old)
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index))

    assert not proves_inclusion(HASHES[other], index, size, inclusion, root)
    assert not proves_inclusion(HASHES[index], other, size, inclusion, root)
    assert not proves_inclusion(HASHES[index], size, size, inclusion, root)
    assert not proves_inclusion(HASHES[index], index, size, inclusion, before)
    for spoilt in _spoilt(inclusion, data):
        assert not proves_inclusion(HASHES[index], index, size, spoilt, root)
    assert not proves_consistency(old, size, consistency, leaf_hash(b"fork"), root)
    assert not proves_consistency(old, size, consistency, before, leaf_hash(b"fork"))
    assert not proves_consistency(size, old, consistency, root, before)
    assert not proves_consistency(size, size, [], root, before)
    for spoilt in _spoilt(consistency, data):
        assert not proves_consistency(old, size, spoilt, before, root)


def _spoilt(proof: list[bytes], data: st.DataObject) -> Sequence[list[bytes]]:
    """One bit flipped, one hash more or fewer, two exchanged."""
    at = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 8 * HASH - 1))
    flipped = (int.from_bytes(proof[at], "big") ^ 1 << bit).to_bytes(HASH, "big")
    found = [[*proof[:at], flipped, *proof[at + 1 :]], proof[:at] + proof[at + 1 :], [*proof, proof[at]]]  # fmt: skip
    if len(proof) > 1:
        found.append([*proof[1:], proof[0]])
    return found


def test_an_empty_log_begins_every_other_and_equal_sizes_need_equal_roots() -> None:
    assert consistency_proof(0, 9, node) == [] == consistency_proof(9, 9, node)
    assert proves_consistency(0, 9, [], EMPTY_ROOT, definition(0, 9))
    assert not proves_consistency(0, 9, [EMPTY_ROOT], EMPTY_ROOT, definition(0, 9))
    with pytest.raises(ValueError, match="does not begin"):
        consistency_proof(9, 8, node)
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof(8, 8, node)


@given(st.data())
def test_tiles_give_every_size_and_proof_up_to_theirs(
    tiles: TileNodes, data: st.DataObject
) -> None:
    new = data.draw(st.integers(1, len(HASHES)) | st.sampled_from([255, 256, 257, 65_536, 65_537]))
    index = data.draw(st.integers(0, new - 1))
    old = data.draw(st.integers(1, new))
    nodes = TileNodes(tiles._read, new)

    root = root_at(new, nodes)
    assert root == definition(0, new)
    assert proves_inclusion(HASHES[index], index, new, inclusion_proof(index, new, nodes), root)
    proof = consistency_proof(old, new, nodes)
    assert proves_consistency(old, new, proof, definition(0, old), root)


def test_a_tree_is_cut_as_the_specification_says_in_its_example() -> None:
    cut = Cut(70_000)

    assert [width_at(70_000, 0, n) for n in (272, 273, 274)] == [256, 112, 0]
    assert [len(cut.tiles[1, n]) // HASH for n in (0, 1)] == [256, 17]
    assert len(cut.tiles[2, 0]) // HASH == 1
    assert cut.tree.root() == definition(0, 70_000)
    assert cut.tiles[1, 1][: 2 * HASH] == definition(65_536, 65_792) + definition(65_792, 66_048)
    assert (levels_of(0), levels_of(255), levels_of(256), levels_of(65_536)) == (0, 1, 2, 3)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_792])
def test_a_tree_goes_on_from_its_last_tiles(size: int) -> None:
    cut = Cut(size)
    ledges = []
    for level in range(levels_of(size)):
        number = (size >> 8 * level) // WIDTH
        width = width_at(size, level, number)
        packed = cut.read(level, number, width) if width else b""
        ledges.append([packed[at : at + HASH] for at in range(0, len(packed), HASH)])

    tree = TiledTree(size, ledges)

    assert tree.root() == cut.tree.root()
    for more in HASHES[size : size + 300]:
        assert [tile.hashes for tile in tree.extend([more])] == [tile.hashes for tile in cut.tree.extend([more])]  # fmt: skip
    assert tree.root() == cut.tree.root() == definition(0, size + 300)
    if size:
        with pytest.raises(ValueError, match="does not fit"):
            TiledTree(size + 1, ledges)


@given(st.integers(0, 10**12))
def test_a_tile_has_one_name(number: int) -> None:
    assert parse_tile_name(tile_name(number)) == (number, WIDTH)
    assert parse_tile_name(f"{tile_name(number)}.p/7") == (number, 7)


def test_the_name_of_the_specification_and_those_that_are_none() -> None:
    assert tile_name(1_234_067) == "x001/x234/067"
    assert tile_name(0) == "000"
    for wrong in ("", "0", "67", "0067", "x000/067", "001/067", "x001/x067", "067.p/0", "067.p/256",
                  "067.p/07", "067.p/", "067/", "/067", "067.p/12/", "٠٦٧"):  # fmt: skip
        with pytest.raises(LookupError):
            parse_tile_name(wrong)


@given(st.lists(st.binary(max_size=700), max_size=20))
def test_a_bundle_is_read_back(leaves: list[bytes]) -> None:
    content, found, at = bundled(leaves), [], 0
    while at < len(content):
        length = int.from_bytes(content[at : at + 2], "big")
        found.append(content[at + 2 : at + 2 + length])
        at += 2 + length

    assert found == leaves
    assert len(bundled([b"x" * 65_535])) == 65_537
