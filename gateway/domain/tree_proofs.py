"""Proofs over a Merkle tree (RFC 6962 2.1, RFC 9162 2.1.3 and 2.1.4): made of any node, checked of none."""

from collections.abc import Callable, Sequence

from gateway.domain.merkle import fold_right, node_hash

Node = Callable[[int, int], bytes]
"""The root of the perfect subtree of a height, counted from the left."""


def root_at(size: int, node: Node) -> bytes:
    """The root of the tree over the first `size` leaves."""
    return _root_over(0, size, node)


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """What leads from the leaf at `index` (from 0) to the root of the tree of `size`, sibling first."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} has no leaf {index}")
    low, high, proof = 0, size, []
    while high - low > 1:
        middle = low + _half(high - low)
        if index < middle:
            proof.append(_root_over(middle, high, node))
            high = middle
        else:
            proof.append(_root_over(low, middle, node))
            low = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """What shows that the tree of `old` leaves is the beginning of that of `new`."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} does not begin with {old} leaves")
    if old in (0, new):
        return []
    low, high, proof = 0, new, []
    while high != old:
        middle = low + _half(high - low)
        if old <= middle:
            proof.append(_root_over(middle, high, node))
            high = middle
        else:
            proof.append(_root_over(low, middle, node))
            low = middle
    if low:
        proof.append(_root_over(low, high, node))
    return proof[::-1]


def proves_inclusion(
    hashed_leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether a proof leads from the leaf at `index` to the root of a tree of `size`."""
    if not 0 <= index < size:
        return False
    at, last, reached, rest = index, size - 1, hashed_leaf, list(proof)
    while last:
        if at & 1 or at < last:
            if not rest:
                return False
            sibling = rest.pop(0)
            reached = node_hash(sibling, reached) if at & 1 else node_hash(reached, sibling)
        at, last = at >> 1, last >> 1
    return not rest and reached == root


def proves_consistency(
    old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> bool:
    """Whether a proof shows that the tree with the new root begins with the tree of the old root."""
    if not 0 <= old <= new:
        return False
    if old in (0, new):
        return not proof and (old == 0 or old_root == new_root)
    at, last, rest = old - 1, new - 1, list(proof)
    while at & 1:
        at, last = at >> 1, last >> 1
    if not at:
        rest.insert(0, old_root)
    return _meets_both(at, last, rest, old_root, new_root)


def _meets_both(at: int, last: int, rest: list[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Walk up from the largest subtree that both trees have whole, to both roots at once."""
    if not rest:
        return False
    to_old = to_new = rest.pop(0)
    while last:
        if at & 1 or at < last:
            if not rest:
                return False
            sibling = rest.pop(0)
            if at & 1:
                to_old, to_new = node_hash(sibling, to_old), node_hash(sibling, to_new)
            else:
                to_new = node_hash(to_new, sibling)
        at, last = at >> 1, last >> 1
    return not rest and to_old == old_root and to_new == new_root


def _half(count: int) -> int:
    """The largest power of two below a count of two or more."""
    return 1 << (count - 1).bit_length() - 1


def _root_over(low: int, high: int, node: Node) -> bytes:
    """The root over a range of leaves that begins where a perfect subtree of its size would."""
    roots = []
    while low < high:
        height = (high - low).bit_length() - 1
        roots.append(node(height, low >> height))
        low += 1 << height
    return fold_right(roots)
