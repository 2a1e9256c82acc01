"""What is quickly made is what the standard library would have made."""

import inspect
from dataclasses import FrozenInstanceError, asdict, dataclass, field, replace
from typing import Any

import pytest

from gateway.contracts.quickly_made import quickly_made
from tests.builders import an_ask


def sample() -> type[Any]:
    """A class with every kind of field there is."""

    @dataclass(frozen=True)
    class Sample:
        first: int
        second: list[int] = field(default_factory=list)
        third: str = "x"
        named: int = field(kw_only=True, default=3)
        needed: int = field(kw_only=True)
        made: dict[str, int] = field(init=False, default_factory=dict, compare=False)
        derived: int = field(init=False, default=0)

        def __post_init__(self) -> None:
            object.__setattr__(self, "derived", self.first + self.needed)

    return Sample


Slow, Quick = sample(), quickly_made(sample())


@pytest.mark.parametrize(
    ("args", "named"),
    [
        ((1,), {"needed": 2}),
        ((1, [5]), {"needed": 2, "named": 9}),
        ((1, [5], "y"), {"needed": 2}),
        ((), {"first": 4, "third": "z", "needed": 0, "second": []}),
    ],
)
def test_the_same_fields_whatever_is_given(args: tuple[Any, ...], named: dict[str, Any]) -> None:
    slow, quick = Slow(*args, **named), Quick(*args, **named)

    assert asdict(quick) == asdict(slow)
    assert repr(quick).partition("(")[2] == repr(slow).partition("(")[2]
    assert quick == Quick(*args, **named)
    assert asdict(replace(quick, first=7)) == asdict(replace(slow, first=7))


@pytest.mark.parametrize(
    ("args", "named"),
    [
        ((), {"needed": 1}),
        ((1,), {}),
        ((1, [], "x", 3), {"needed": 1}),
        ((1,), {"needed": 1, "derived": 2}),
        ((1,), {"needed": 1, "made": {}}),
        ((1,), {"needed": 1, "stranger": 2}),
    ],
)
def test_what_the_one_does_not_take_the_other_does_not(
    args: tuple[Any, ...], named: dict[str, Any]
) -> None:
    for made in (Slow, Quick):
        with pytest.raises(TypeError):
            made(*args, **named)


def test_nothing_made_for_one_is_shared_with_another() -> None:
    one, other = Quick(1, needed=1), Quick(1, needed=1)

    one.second.append(1)
    one.made["a"] = 1

    assert (other.second, other.made) == ([], {})


def test_it_is_as_frozen_as_before() -> None:
    with pytest.raises(FrozenInstanceError):
        Quick(1, needed=1).first = 2
    with pytest.raises(FrozenInstanceError):
        an_ask().party = "vutg"  # type: ignore[misc]  # that is the point
    assert list(inspect.signature(Quick).parameters) == list(inspect.signature(Slow).parameters)
