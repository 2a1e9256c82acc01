"""The verbs of one SFTP session: permission first, then the deed."""

import os
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.contracts.drop import CompletedUpload, DropAccount, DropDesk, Verb
from sftp_drop.confined import ConfinedFolder
from sftp_drop.paths import FINAL, is_temporary, split_path
from sftp_drop.uploads import Upload, Uploads
from sftp_drop.view import AccountView, Place
from sftp_drop.wire import Code, Listed, Refused, not_there

MOST_HANDLES = 64
_RECHECK_S = 0.1
_WRITING = os.O_WRONLY | os.O_RDWR


@dataclass(slots=True)
class Download:
    """One open download. `checked` is when reading was last found permitted (machine time)."""

    place: Place
    descriptor: int
    size: int
    checked: float
    reached: int = 0


@dataclass(slots=True)
class Listing:
    """One open folder, with what is still to be told of it."""

    rows: list[Listed]


_Open = Upload | Download | Listing


@dataclass(slots=True)
class DropSession:
    """What a logged-in account may do. `key` keeps its hidden files apart from other sessions'."""

    account: DropAccount
    desk: DropDesk
    key: str
    upload_limit: int
    _handles: dict[bytes, _Open] = field(default_factory=dict)
    _count: int = 0
    _tree: ConfinedFolder = field(init=False)
    _view: AccountView = field(init=False)
    _uploads: Uploads = field(init=False)

    def __post_init__(self) -> None:
        self._tree = ConfinedFolder(self.account.root)
        self._view = AccountView(self.account)
        self._uploads = Uploads(self._tree, self.key, self.upload_limit)

    def open(self, path: bytes, flags: int) -> bytes:
        """Open a file to read or to upload; its handle."""
        place = self._view.place(split_path(path))
        if flags & _WRITING:
            place.require(Verb.UPLOAD)
            return self._remember(self._uploads.open(place, flags))
        place.require(Verb.READ)
        self._require_reading(place)
        descriptor = self._tree.open(place.path, os.O_RDONLY)
        size = os.fstat(descriptor).st_size
        return self._remember(Download(place, descriptor, size, time.monotonic()))

    def read(self, handle: bytes, offset: int, count: int) -> bytes:
        """Bytes of a download; empty at its end. A suspension or expiry bites at the next read."""
        download = self._handle(handle)
        if not isinstance(download, Download):
            raise Refused(Code.FAILURE, "this handle is not one to read from")
        if time.monotonic() - download.checked > _RECHECK_S:
            self._require_reading(download.place)
            download.checked = time.monotonic()
        if os.fstat(download.descriptor).st_nlink == 0:
            raise not_there()
        content = os.pread(download.descriptor, count, offset)
        download.reached = max(download.reached, offset + len(content))
        return content

    def write(self, handle: bytes, offset: int, content: bytes) -> None:
        """Write into an upload."""
        self._upload(handle).write(offset, content)

    def truncate(self, handle: bytes, size: int) -> None:
        """Cut an upload to a size."""
        self._upload(handle).truncate(size)

    def sync(self, handle: bytes) -> None:
        """Make an upload's bytes durable so far."""
        os.fsync(self._upload(handle).descriptor)

    def close(self, handle: bytes) -> None:
        """Close a handle: this is what finishes an upload, and what completes a collection."""
        opened = self._handle(handle)
        del self._handles[handle]
        if isinstance(opened, Upload):
            if self._uploads.finish(opened):
                self._announce(opened.place)
        elif isinstance(opened, Download):
            os.close(opened.descriptor)
            if opened.reached >= opened.size:
                self.desk.collected(self.account, opened.place.shown)

    def stat(self, path: bytes) -> os.stat_result | None:
        """Attributes of a file, also of one being uploaded here; `None` for a folder."""
        components = split_path(path)
        if self._view.is_folder(components):
            return None
        place = self._view.place(components)
        for opened in self._handles.values():
            if isinstance(opened, Upload) and opened.place == place:
                return os.fstat(opened.descriptor)
        return self._file(place)

    def stat_handle(self, handle: bytes) -> os.stat_result | None:
        """Attributes of what a handle has open."""
        opened = self._handle(handle)
        return None if isinstance(opened, Listing) else os.fstat(opened.descriptor)

    def open_folder(self, path: bytes) -> bytes:
        """Open a folder to list it; its handle."""
        components = split_path(path)
        folder = self._view.folder(components)
        inner = [Listed(name, None) for name in self._view.folders_in(components)]
        files = []
        if folder is not None:
            place = Place(folder, "")
            place.require(Verb.LIST)
            known = {one.name for one in inner}
            files = [
                Listed(name, attributes)
                for name, attributes in self._tree.entries(folder.path.lstrip("/"))
                if name not in known
            ]
        return self._remember(Listing([*inner, *sorted(files, key=lambda one: one.name)]))

    def read_folder(self, handle: bytes, most: int) -> Sequence[Listed]:
        """The next names of an open folder; none at its end."""
        listing = self._handle(handle)
        if not isinstance(listing, Listing):
            raise Refused(Code.FAILURE, "this handle is no folder")
        taken, listing.rows = listing.rows[:most], listing.rows[most:]
        return taken

    def rename(self, source: bytes, target: bytes) -> None:
        """Finish an upload by its final name, or acknowledge a file by moving it to the archive."""
        old = self._view.place(split_path(source))
        new = self._view.place(split_path(target))
        self._file(old)
        if new.folder.path == old.folder.path:
            self._rename_upload(old, new)
        else:
            self._archive(old, new)

    def remove(self, path: bytes) -> None:
        """Take back an upload that is not finished."""
        place = self._view.place(split_path(path))
        self._file(place)
        place.require(Verb.UPLOAD)
        if not is_temporary(place.name):
            raise Refused(Code.PERMISSION_DENIED, "a finished upload cannot be taken back")
        self._tree.remove(place.path)

    def exists(self, path: bytes) -> None:
        """Refuse unless the path is there."""
        self.stat(path)

    def end(self) -> None:
        """The session is over: abandon what is still open."""
        for opened in self._handles.values():
            if isinstance(opened, Upload):
                self._uploads.abandon(opened)
            elif isinstance(opened, Download):
                os.close(opened.descriptor)
        self._handles.clear()
        self._tree.close()

    def _rename_upload(self, old: Place, new: Place) -> None:
        old.require(Verb.UPLOAD)
        if not is_temporary(old.name):
            raise Refused(Code.PERMISSION_DENIED, "a finished upload keeps its name")
        if not is_temporary(new.name) and not new.name.endswith(FINAL):
            raise Refused(Code.PERMISSION_DENIED, f"a finished upload ends in {FINAL}")
        if _is_there(self._tree, new.path) and not is_temporary(new.name):
            raise Refused(Code.FAILURE, "this name is taken until the file is handled")
        self._tree.rename(old.path, new.path)
        if not is_temporary(new.name):
            self._announce(new)

    def _archive(self, old: Place, new: Place) -> None:
        old.require(Verb.READ)
        new.require(Verb.ARCHIVE)
        if new.name != old.name or _is_there(self._tree, new.path):
            raise Refused(Code.FAILURE, "a file is archived once, under its own name")
        self._tree.rename(old.path, new.path)
        self.desk.acknowledged(self.account, old.name)

    def _announce(self, place: Place) -> None:
        flow = place.folder.path.rpartition("/")[2]
        path = f"{self.account.root}/{place.path}"
        self.desk.uploaded(CompletedUpload(self.account.user, flow, place.name, path))

    def _require_reading(self, place: Place) -> None:
        why = self.desk.refuse_reading(self.account, place.shown)
        if why is not None:
            raise Refused(Code.PERMISSION_DENIED, why)

    def _file(self, place: Place) -> os.stat_result:
        attributes = self._tree.stat(place.path)
        if not stat.S_ISREG(attributes.st_mode):
            raise not_there()
        return attributes

    def _remember(self, opened: _Open) -> bytes:
        if len(self._handles) >= MOST_HANDLES:
            if isinstance(opened, Upload):
                self._uploads.abandon(opened)
            elif isinstance(opened, Download):
                os.close(opened.descriptor)
            raise Refused(Code.FAILURE, f"at most {MOST_HANDLES} files may be open at once")
        self._count += 1
        handle = self._count.to_bytes(4, "big")
        self._handles[handle] = opened
        return handle

    def _handle(self, handle: bytes) -> _Open:
        opened = self._handles.get(handle)
        if opened is None:
            raise Refused(Code.FAILURE, "no such handle in this session")
        return opened

    def _upload(self, handle: bytes) -> Upload:
        opened = self._handle(handle)
        if not isinstance(opened, Upload):
            raise Refused(Code.PERMISSION_DENIED, "this handle is not one to write to")
        return opened


def _is_there(tree: ConfinedFolder, path: str) -> bool:
    try:
        tree.stat(path)
    except OSError:
        return False
    return True
