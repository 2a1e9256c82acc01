"""Where the five protocols lie that come with the gateway."""

from pathlib import Path

BUILT_IN_PROTOCOLS = Path(__file__).parents[2] / "protocols"
