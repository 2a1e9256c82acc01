"""What an account sees: exactly its folders and the way to them, everything else is not there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.contracts.drop import DropAccount, Folder, Verb
from sftp_drop.wire import Code, Refused, not_there

_CHANGING = frozenset({Verb.UPLOAD, Verb.ARCHIVE})


@dataclass(frozen=True, slots=True)
class Place:
    """A name in a folder of the account."""

    folder: Folder
    name: str

    @property
    def below(self) -> str:
        """The folder's path below the account's root."""
        return self.folder.path.lstrip("/")

    @property
    def shown(self) -> str:
        """The path as the client sees it."""
        return f"{self.folder.path}/{self.name}"

    def require(self, verb: Verb) -> None:
        """Refuse unless the folder allows the verb.

        Raises:
            Refused: permission denied.
        """
        if verb not in self.folder.verbs:
            raise Refused(
                Code.PERMISSION_DENIED, f"this folder is not one to {verb.value} in or from"
            )


class AccountView:
    """The virtual tree of one account."""

    def __init__(self, account: DropAccount) -> None:
        self._folders = {folder.path: folder for folder in account.folders}
        self._inner = _ways(self._folders)

    def place(self, components: Sequence[str]) -> Place:
        """The file that a path names.

        Raises:
            Refused: no such file, for everything outside the account's folders.
        """
        folder = self._folders.get(_path(components[:-1])) if components else None
        if folder is None or self.is_folder(components):
            raise not_there()
        return Place(folder, components[-1])

    def folder(self, components: Sequence[str]) -> Folder | None:
        """The folder that a path names; `None` for one that only leads to others.

        Raises:
            Refused: no such file.
        """
        if not self.is_folder(components):
            raise not_there()
        return self._folders.get(_path(components))

    def is_folder(self, components: Sequence[str]) -> bool:
        """Whether the path names a folder, or leads to one."""
        return _path(components) in self._inner

    def folders_in(self, components: Sequence[str]) -> Sequence[str]:
        """The names of the folders directly below a path."""
        return self._inner.get(_path(components), ())

    def mode(self, components: Sequence[str]) -> int:
        """The permissions that a folder is shown with."""
        folder = self._folders.get(_path(components))
        return 0o755 if folder is not None and folder.verbs & _CHANGING else 0o555


def _path(components: Sequence[str]) -> str:
    return "/" + "/".join(components)


def _ways(folders: Mapping[str, Folder]) -> Mapping[str, Sequence[str]]:
    """Every folder and every one that leads to it, with the names directly below."""
    inner: dict[str, set[str]] = {"/": set()}
    for path in folders:
        parent = "/"
        for name in path.strip("/").split("/"):
            inner[parent].add(name)
            parent = f"{parent.rstrip('/')}/{name}"
            inner.setdefault(parent, set())
    return {path: sorted(names) for path, names in inner.items()}
