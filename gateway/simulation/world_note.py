"""Of which world the default space in a data folder is, so that a later start goes on with its people and keys."""

import json
from pathlib import Path

from gateway.adapters.sqlite_file import begin_file
from gateway.bootstrap.log import LOG
from gateway.settings import Settings

NAME = "world.json"
_TOLD = ("seed", "people")


class OtherWorld(Exception):
    """What lies there is of another seed or crowd than was asked for; the text says of which."""


def note_world(data: Path, settings: Settings) -> None:
    """Write down of which world a folder is from now on, unless it says so already; whole or not at all."""
    told = json.dumps({name: getattr(settings, name) for name in _TOLD}).encode()
    path = data / NAME
    if not path.exists() or path.read_bytes() != told:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        begin_file(path, told, is_lasting=settings.disk == "safe")


def as_begun(settings: Settings) -> Settings:
    """The settings with the seed and the people of what lies in the folder, where they do not say others.

    Raises:
        OtherWorld: they do.
    """
    there = _noted(settings.data) if (settings.data / LOG).exists() else {}
    other = {name: value for name, value in there.items() if value != getattr(settings, name)}
    asked = [name for name in other if name in settings.model_fields_set]
    if asked:
        raise OtherWorld(
            f"{settings.data} holds a space of {_words(there)}, and another {' and '.join(asked)} was asked"
            f" for: leave that out or say {_options(there)} to go on with it, or take another --data"
        )
    return settings.model_copy(update=other)


def _noted(data: Path) -> dict[str, int]:
    """What was written down; nothing where that is not as it was written."""
    try:
        found = json.loads((data / NAME).read_text("utf-8"))
        return {name: int(found[name]) for name in _TOLD}
    except (OSError, ValueError, TypeError, LookupError):
        return {}


def _words(there: dict[str, int]) -> str:
    return f"seed {there['seed']} with {there['people']} people"


def _options(there: dict[str, int]) -> str:
    return " ".join(f"--{name} {value}" for name, value in there.items())
