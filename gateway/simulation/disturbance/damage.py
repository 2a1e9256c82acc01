"""Bytes that were damaged: what stood there is gone, and nothing else stands there instead."""

from random import Random

_BLOT = b"\x00"
"""No XML, JSON or signature holds it, so what is blotted is never taken for something else."""
_PART = 8


def blotted(content: bytes, chance: Random) -> bytes:
    """The same length, with a part of it blotted out, drawn anywhere."""
    size = max(1, len(content) // _PART)
    start = chance.randrange(max(1, len(content) - size + 1))
    return (content[:start] + _BLOT * size + content[start + size :])[: len(content)]


def half(content: bytes) -> bytes:
    """The first half."""
    return content[: len(content) // 2]


def is_damage_of(content: bytes, whole: bytes) -> bool:
    """Whether this came of damage to that, so that it holds nothing else."""
    is_blotted = len(content) == len(whole) and all(
        one in (was, *_BLOT) for one, was in zip(content, whole, strict=True)
    )
    return is_blotted or content == half(whole)
