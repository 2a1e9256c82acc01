"""The verbs of one session at any door: permission first, then the deed."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.contracts.drop import (
    CompletedUpload,
    DropAccount,
    DropDesk,
    Folder,
    Outcome,
    Transfer,
    Verb,
)
from gateway.contracts.faults import LogUnavailable
from sftp_drop.confined import ConfinedFolder, ConfinedTree
from sftp_drop.handles import Download, Handles, Listing, Open, OpenFiles, require_door, why_not
from sftp_drop.paths import FINAL, is_temporary, split_path
from sftp_drop.uploads import TAKEN, Upload, Uploads
from sftp_drop.view import AccountView, Place
from sftp_drop.wire import Code, Listed, Refused, not_now

_MOST_REMEMBERED = 64
_WRITING = os.O_WRONLY | os.O_RDWR


@dataclass(slots=True)
class DropSession:
    """What a logged-in account may do, whatever the door.

    `key` keeps its hidden files apart from other sessions'; `files` counts what all sessions have open.
    Paths are the client's own bytes; flags are the operating system's. What may not be is `Refused`.
    """

    account: DropAccount
    desk: DropDesk
    key: str
    upload_limit: int
    files: OpenFiles
    _handles: Handles = field(init=False)
    _finished: dict[str, os.stat_result] = field(default_factory=dict)
    _tree: ConfinedTree = field(init=False)
    _view: AccountView = field(init=False)
    _uploads: Uploads = field(init=False)

    def __post_init__(self) -> None:
        self._handles = Handles(self.files)
        self._tree = ConfinedTree(self.account.root, is_lasting=self.account.is_lasting)
        self._view = AccountView(self.account)
        self._uploads = Uploads(self._tree, self.key, self.upload_limit)

    def open(self, path: bytes, flags: int) -> bytes:
        """Open a file to read or to upload; its handle."""
        place = self._view.place(split_path(path))
        if flags & _WRITING:
            place.require(Verb.UPLOAD)
            self._require_log()
            require_door(self.account, self.desk, place)
            return self._handles.open(lambda: self._uploads.open(place, flags))
        place.require(Verb.READ)
        require_door(self.account, self.desk, place)
        return self._handles.open(lambda: self._download(place))

    def read(self, handle: bytes, offset: int, count: int) -> bytes:
        """Bytes of a download; empty at its end. A suspension or expiry bites at the next read."""
        download = self._handles.of(Download, handle)
        return download.read(self.account, self.desk, offset, count)

    def write(self, handle: bytes, offset: int, content: bytes | memoryview) -> None:
        """Write into an upload."""
        self._handles.of(Upload, handle).write(offset, content)

    def truncate(self, handle: bytes, size: int) -> None:
        """Cut an upload to a size."""
        self._handles.of(Upload, handle).truncate(size)

    def sync(self, handle: bytes) -> None:
        """Make an upload's bytes durable so far."""
        os.fsync(self._handles.of(Upload, handle).descriptor)

    def close(self, handle: bytes) -> None:
        """Close a handle: this is what finishes an upload, and what completes a collection."""
        opened = self._handles.take(handle)
        if isinstance(opened, Upload):
            self._finish(opened)
        elif isinstance(opened, Download):
            self._end_download(opened)

    def abandon(self, handle: bytes) -> None:
        """Close a handle whose transfer was lost on the way: an upload can be resumed, none is finished."""
        self._give_up(self._handles.take(handle))

    def stat(self, path: bytes) -> os.stat_result:
        """Attributes of a folder, or of a file, also of one that is or was uploaded here."""
        components = split_path(path)
        if self._view.is_folder(components):
            return self._folder_attributes(components)
        place = self._view.place(components)
        for upload in self._handles.uploads():
            if upload.place == place:
                return os.fstat(upload.descriptor)
        return self._file_or_what_was(place)

    def stat_handle(self, handle: bytes) -> os.stat_result:
        """Attributes of what a handle has open."""
        opened = self._handles.get(handle)
        return opened.attributes if isinstance(opened, Listing) else os.fstat(opened.descriptor)

    def stat_system(self) -> os.statvfs_result:
        """How much room there is where the account's folders lie."""
        return os.fstatvfs(self._tree.folder("").descriptor)

    def open_folder(self, path: bytes) -> bytes:
        """Open a folder to list it; its handle."""
        components = split_path(path)
        return self._handles.open(lambda: self._listing(components))

    def read_folder(self, handle: bytes, most: int) -> Sequence[Listed]:
        """The next names of an open folder; none at its end."""
        listing = self._handles.of(Listing, handle)
        taken, listing.rows = listing.rows[:most], listing.rows[most:]
        return taken

    def names(self, path: bytes, ending: str) -> Sequence[str]:
        """The names of the files in a folder that end so, for who wants no more of them."""
        folder = self._view.folder(split_path(path))
        return sorted(self._to_list(folder).names(ending)) if folder is not None else ()

    def rename(self, source: bytes, target: bytes) -> None:
        """Finish an upload by its final name, or acknowledge a file by moving it to the archive."""
        old = self._view.place(split_path(source))
        new = self._view.place(split_path(target))
        attributes = self._file(old)
        self._require_log()
        require_door(self.account, self.desk, old)
        if new.folder.path == old.folder.path:
            self._rename_upload(old, new, attributes)
        else:
            self._archive(old, new)

    def remove(self, path: bytes) -> None:
        """Take back an upload that is not finished."""
        place = self._view.place(split_path(path))
        self._file(place)
        place.require(Verb.UPLOAD)
        if not is_temporary(place.name):
            raise Refused(Code.PERMISSION_DENIED, "a finished upload cannot be taken back")
        self._folder(place).remove(place.name)

    def exists(self, path: bytes) -> None:
        """Refuse unless the path is there."""
        self.stat(path)

    def end(self) -> None:
        """The session is over: abandon what is still open."""
        for opened in self._handles.take_all():
            if isinstance(opened, Download):
                self._end_download(opened)
            else:
                self._give_up(opened)
        self._tree.close()

    def _give_up(self, opened: Open) -> None:
        if isinstance(opened, Upload):
            self._tell(opened.place, opened.size, Outcome.BROKEN, is_upload=True)
            self._uploads.abandon(opened)
        elif isinstance(opened, Download):
            opened.is_lost = True
            self._end_download(opened)

    def _download(self, place: Place) -> Download:
        if (why := why_not(self.account, self.desk, place)) is not None:
            raise Refused(Code.PERMISSION_DENIED, why)
        descriptor = self._folder(place).open(place.name, os.O_RDONLY)
        return Download(place, descriptor, os.fstat(descriptor).st_size)

    def _require_log(self) -> None:
        try:
            self.desk.require_log(self.account)
        except LogUnavailable:
            raise not_now() from None

    def _listing(self, components: tuple[str, ...]) -> Listing:
        folder = self._view.folder(components)
        inner = [
            Listed(name, self._folder_attributes((*components, name)))
            for name in self._view.folders_in(components)
        ]
        files: list[Listed] = []
        if folder is not None:
            files = [Listed(*found) for found in self._to_list(folder).files()]
        rows = [*inner, *sorted(files, key=lambda one: one.name)]
        return Listing(rows, self._folder_attributes(components))

    def _to_list(self, folder: Folder) -> ConfinedFolder:
        place = Place(folder, "")
        place.require(Verb.LIST)
        return self._folder(place)

    def _rename_upload(self, old: Place, new: Place, attributes: os.stat_result) -> None:
        old.require(Verb.UPLOAD)
        if not is_temporary(old.name):
            raise Refused(Code.PERMISSION_DENIED, "a finished upload keeps its name")
        if not is_temporary(new.name) and not new.name.endswith(FINAL):
            raise Refused(Code.PERMISSION_DENIED, f"a finished upload ends in {FINAL}")
        try:
            self._move(old, new, replace=is_temporary(new.name))
        except FileExistsError:
            raise Refused(Code.FAILURE, TAKEN) from None
        if not is_temporary(new.name):
            self._announce(new, attributes)

    def _archive(self, old: Place, new: Place) -> None:
        old.require(Verb.READ)
        new.require(Verb.ARCHIVE)
        once = Refused(Code.FAILURE, "a file is archived once, under its own name")
        if new.name != old.name:
            raise once
        try:
            self._move(old, new, replace=False)
        except FileExistsError:
            raise once from None
        self.desk.acknowledged(self.account, old.name)

    def _finish(self, upload: Upload) -> None:
        """Show it under its name; while the log is out of order nothing is left of it.

        NOTE: what is left could be taken by a client for what it sent, if it does not look at our answer.
        """
        try:
            self._require_log()
        except Refused as why:
            upload.failed = str(why)
        attributes = os.fstat(upload.descriptor)
        size = attributes.st_size
        try:
            digest = self._uploads.finish(upload, size)
        except (Refused, OSError):
            self._tell(upload.place, size, Outcome.REFUSED, is_upload=True)
            raise
        self._tell(upload.place, size, Outcome.COMPLETE, is_upload=True, sha256=digest)
        if not is_temporary(upload.place.name):
            self._announce(upload.place, attributes)

    def _end_download(self, download: Download) -> None:
        """Note it, unless it was only looked at."""
        os.close(download.descriptor)
        if download.sent or download.is_whole:
            outcome = Outcome.COMPLETE if download.is_whole else Outcome.BROKEN
            self._tell(download.place, download.sent, outcome, is_upload=False)

    def _tell(
        self,
        place: Place,
        size: int,
        outcome: Outcome,
        *,
        is_upload: bool,
        sha256: str | None = None,
    ) -> None:
        transfer = Transfer(place.shown, is_upload, size, outcome, sha256)
        self.desk.transferred(self.account, transfer)

    def _announce(self, place: Place, attributes: os.stat_result) -> None:
        """Clients look at what they uploaded, and by then it may have been moved away."""
        while len(self._finished) >= _MOST_REMEMBERED:
            self._finished.pop(next(iter(self._finished)))
        self._finished[place.shown] = attributes
        flow = place.folder.path.rpartition("/")[2]
        path = f"{self.account.root}{place.shown}"
        account = self.account
        self.desk.uploaded(CompletedUpload(account.user, flow, place.name, path, account.door))

    def _file_or_what_was(self, place: Place) -> os.stat_result:
        """The file; else what this session finished under the name, or a lost one had sent of it."""
        try:
            return self._file(place)
        except FileNotFoundError:
            if place.shown in self._finished:
                return self._finished[place.shown]
            if Verb.UPLOAD in place.folder.verbs:
                return self._uploads.unfinished(place)
            raise

    def _move(self, old: Place, new: Place, *, replace: bool) -> None:
        source, target = (self._folder(old), old.name), (self._folder(new), new.name)
        self._tree.move(source, target, replace=replace, is_shown=True)

    def _file(self, place: Place) -> os.stat_result:
        return self._folder(place).file(place.name)

    def _folder(self, place: Place) -> ConfinedFolder:
        return self._tree.folder(place.below)

    def _folder_attributes(self, components: Sequence[str]) -> os.stat_result:
        """Those on disk, with the permissions that the account has there."""
        found = os.fstat(self._tree.folder("/".join(components)).descriptor)
        return os.stat_result((stat.S_IFDIR | self._view.mode(components), *found[1:10]))
