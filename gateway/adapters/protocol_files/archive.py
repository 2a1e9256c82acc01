"""Every protocol text that ever counted here, kept by its digest: entries of the log cite them for ever."""

import logging
from pathlib import Path

_LOG = logging.getLogger(__name__)


class LawArchive:
    """A folder of texts that only grows; the file that a text came from may be changed or removed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, digest: str, path: Path) -> None:
        """Keep a text as it was read; once it lies here it is never written again."""
        kept = self._place(digest)
        if kept.exists():
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            beside = kept.with_suffix(".part")
            beside.write_bytes(path.read_bytes())
            beside.replace(kept)
        except OSError as error:
            _LOG.error("a protocol text cannot be kept: %s", error.strerror)

    def find(self, digest: str) -> Path | None:
        """Where the text with this digest lies, if it was kept."""
        kept = self._place(digest)
        return kept if kept.exists() else None

    def _place(self, digest: str) -> Path:
        return self._folder / f"{digest.removeprefix('sha256:')}.yaml"
