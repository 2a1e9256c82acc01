"""Frozen dataclasses that are made many times a request: their `__init__` at less than the cost.

A frozen dataclass fills each slot through `object.__setattr__`, which looks it up by name. Here all fields
are put in place at once, as the instance's own dictionary. Nothing else changes: the class is as frozen as before.
"""

from collections.abc import Iterable
from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar

T = TypeVar("T")


def quickly_made(made: type[T]) -> type[T]:
    """Give a frozen dataclass without slots an `__init__` of its own."""
    every = fields(made)  # type: ignore[arg-type]  # a dataclass
    names: dict[str, Any] = {"_after": getattr(made, "__post_init__", None)}
    names["_fill"] = made.__dict__["__dict__"].__set__
    for one in every:
        names[f"_default_{one.name}"], names[f"_make_{one.name}"] = one.default, one.default_factory
    filled = ", ".join(
        f"{one.name!r}: {_value(one)}" for one in every if one.init or _is_known(one)
    )
    after = "\n  _after(self)" if names["_after"] else ""
    text = f"def __init__({_parameters(every)}):\n  _fill(self, {{{filled}}}){after}"
    exec(text, names)  # noqa: S102  what `dataclass` does, from the class's own fields
    names["__init__"].__qualname__ = f"{made.__qualname__}.__init__"
    setattr(made, "__init__", names["__init__"])  # noqa: B010  mypy takes no assignment here
    return made


def _is_known(one: Field[Any]) -> bool:
    return one.default is not MISSING or one.default_factory is not MISSING


def _parameters(every: Iterable[Field[Any]]) -> str:
    given = [one for one in every if one.init]
    in_order = [_parameter(one) for one in given if not one.kw_only]
    by_name = [_parameter(one) for one in given if one.kw_only]
    return ", ".join(["self", *in_order, *(["*", *by_name] if by_name else [])])


def _parameter(one: Field[Any]) -> str:
    if one.default_factory is not MISSING:
        return f"{one.name}=_make_{one.name}"
    return one.name if one.default is MISSING else f"{one.name}=_default_{one.name}"


def _value(one: Field[Any]) -> str:
    """What a field holds: what was given, or the default."""
    if one.default_factory is not MISSING:
        made = f"_make_{one.name}()"
        return f"{made} if {one.name} is _make_{one.name} else {one.name}" if one.init else made
    return one.name if one.init else f"_default_{one.name}"
