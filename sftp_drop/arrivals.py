"""Uploads that come in over another door: into the account's hidden folder, and in sight once whole."""

import os
import tempfile
from pathlib import Path

from gateway.contracts.drop import CompletedUpload
from sftp_drop.drop_store import DropStore, sync
from sftp_drop.uploads import ARRIVAL, STAGING


class StagedArrival:
    """Implements `gateway.contracts.drop.Arrival`.

    INVARIANT: what is not placed is never seen; what a crash leaves goes at the next start.
    """

    def __init__(self, root: Path, user: str) -> None:
        self._root, self._user = root, user
        descriptor, hidden = tempfile.mkstemp(prefix=ARRIVAL, dir=root / STAGING)
        self._file, self._hidden = os.fdopen(descriptor, "wb", buffering=0), Path(hidden)

    def write(self, content: bytes, /) -> None:
        """Put bytes behind what there is."""
        rest = memoryview(content)
        while rest:
            rest = rest[self._file.write(rest) :]

    def place(self, flow: str, name: str, /) -> CompletedUpload | None:
        """Make it durable and show it under a name that is free, in one step."""
        os.fsync(self._file.fileno())
        target = self._root / "in" / flow / name
        try:
            os.link(self._hidden, target)
        except FileExistsError:
            return None
        sync(target.parent)
        self.discard()
        return CompletedUpload(self._user, flow, name, str(target))

    def discard(self) -> None:
        """Take the hidden name away."""
        self._file.close()
        self._hidden.unlink(missing_ok=True)


class StagedArrivals:
    """Implements `gateway.contracts.drop.Arrivals` on the folders of a drop store."""

    def __init__(self, store: DropStore) -> None:
        self._store = store

    def begin(self, user: str, /) -> StagedArrival:
        """Begin one in the account's folder."""
        return StagedArrival(Path(self._store.root_of(user)), user)

    def waiting(self, user: str, flow: str, name: str, /) -> CompletedUpload:
        """What lies under a name, whether it is still there or not."""
        path = Path(self._store.root_of(user)) / "in" / flow / name
        return CompletedUpload(user, flow, name, str(path))
