"""What lies in a data folder beside the space itself: of the process, or kept for testers."""

from pathlib import Path

from gateway.adapters.taken_back_notes import FILE as TAKEN_BACK
from gateway.bootstrap import CACHE
from gateway.simulation.beginning import NAME as BEGINNING
from gateway.simulation.ready_file import NAME
from gateway.simulation.rubble import FOLDER as RUBBLE
from gateway.simulation.world_note import NAME as WORLD

FOLDER = "spaces"
"""Where the further spaces lie, in the data folder of the default one."""
SHELF = "snapshots"
"""Where a space's snapshots lie."""
RECORDINGS = "recordings"
"""Where what was recorded in a space lies."""
RESTORE = ".restore"
"""Where a snapshot is unpacked before it takes the place of what is there."""
RESTORED = "restored.json"
"""What the snapshot says whose content was put there last, until a space has taken it up."""
BESIDE = frozenset(
    {NAME, CACHE, FOLDER, RUBBLE, SHELF, RECORDINGS, RESTORE, BEGINNING, WORLD, TAKEN_BACK}
)
"""What no reset, copy or snapshot touches."""


def copies_in(data: Path) -> list[str]:
    """The files beside a space that hold what it held when they were made, as they lie in its folder."""
    lying = (path for folder in (SHELF, RECORDINGS) for path in (data / folder).glob("[!.]*.*"))
    return sorted(path.relative_to(data).as_posix() for path in lying)
