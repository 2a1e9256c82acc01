"""Finds its way through a large JSON file without reading it whole."""

import json
import mmap
import re
from typing import Any

_SPACE = re.compile(rb"\s*")
_STRUCTURE = re.compile(rb'["{}\[\]]')
_STRING_END = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SCALAR_END = re.compile(rb"[,\]}\s]")
_LONGEST_MEMBER = 200


class Hopeless(ValueError):
    """Nothing in the file can be used; the text says why and repeats nothing of it."""


def skip(content: mmap.mmap, at: int) -> int:
    """Past white space."""
    match = _SPACE.match(content, at)
    assert match is not None
    return match.end()


def expect(content: mmap.mmap, at: int, mark: bytes, rule: str) -> int:
    """Past one mark; where it is missing, say which rule is broken."""
    at = skip(content, at)
    if content[at : at + 1] != mark:
        raise Hopeless(f"not JSON as agreed near byte {at}: {rule}")
    return at + 1


def string_at(content: mmap.mmap, at: int) -> tuple[str, int]:
    """A short string, and where it ends."""
    value, end = value_at(content, at)
    if not isinstance(value, str):
        raise Hopeless(f"not JSON near byte {at}: a member's name is text")
    return value, end


def value_at(content: mmap.mmap, at: int) -> tuple[Any, int]:
    """One short value outside the records."""
    at = skip(content, at)
    end = end_of_value(content, at)
    if end - at > _LONGEST_MEMBER:
        raise Hopeless(f"a member near byte {at} is longer than {_LONGEST_MEMBER} bytes")
    text = bytes(content[at:end]).decode()
    try:
        return json.loads(text, parse_constant=refuse_constant), end
    except json.JSONDecodeError:
        raise Hopeless(f"not JSON near byte {at}") from None


def end_of_value(content: mmap.mmap, at: int) -> int:
    """Where a JSON value ends: brackets are counted, strings are stepped over whole."""
    first = content[at : at + 1]
    if first not in (b"{", b"[", b'"'):
        match = _SCALAR_END.search(content, at)
        if match is None or match.start() == at:
            raise Hopeless(f"not JSON near byte {at}")
        return match.start()
    depth = 0
    while (mark := _STRUCTURE.search(content, at)) is not None:
        at = mark.end()
        if mark[0] == b'"':
            at = _end_of_string(content, at)
        else:
            depth += 1 if mark[0] in b"{[" else -1
        if depth == 0:
            return at
    raise Hopeless("the file ends in the middle")


def _end_of_string(content: mmap.mmap, at: int) -> int:
    match = _STRING_END.match(content, at)
    if match is None:
        raise Hopeless("the file ends in the middle")
    return match.end()


def refuse_constant(_: str) -> None:
    """For `json.loads`: its names for what JSON does not have."""
    raise Hopeless("NaN and Infinity are not JSON")
