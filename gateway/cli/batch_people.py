"""Out of whose people a batch is made: those of a seed, or those of a running space, and which of them."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gateway.cli.running import INVALID, exchanged

if TYPE_CHECKING:
    from providers.world import World

_TYPED = "-"


def world_of(seed: int | None, people: int | None, data: Path | None) -> "World":
    """The world of a seed with so many people, or that of the space that runs on this folder as it is now."""
    from providers.world import World
    from providers.world.files import read

    if data is None:
        return World(1 if seed is None else seed, people or 0)
    if seed is not None or people is not None:
        raise invalid(
            "--data brings the seed and the people of its space along: leave out the others"
        )
    header, own = read(b"".join(exchanged(data, "GET", "/world/export?whole=false")))
    world = World(header.seed, header.people)
    world.settle(*own)
    return world


def chosen(world: "World", who: Sequence[str]) -> Sequence[str]:
    """The numbers that are meant, in order and each once, all of them somebody's in this world."""
    given = [one for word in who for one in (_typed() if word == _TYPED else [word])]
    named = {person.key: person.insz for person in world.named()}
    numbers = [named.get(one, one) for one in given]
    unknown = [place for place, one in enumerate(numbers, 1) if world.find(one) is None]
    if unknown:
        raise invalid(f"nobody in this world: --who number {', '.join(map(str, unknown))}; "
                      "`magda-sim world events` finds people")  # fmt: skip
    return sorted(set(numbers))


def invalid(text: str) -> typer.Exit:
    """The end of a command that cannot be done as it was asked."""
    typer.echo(text, err=True)
    return typer.Exit(INVALID)


def _typed() -> Sequence[str]:
    return sys.stdin.read().split()
