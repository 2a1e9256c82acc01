"""What an account sees: exactly its folders and the way to them, everything else is not there."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.contracts.drop import DropAccount, Folder, Verb
from sftp_drop.wire import Code, Refused, not_there


@dataclass(frozen=True, slots=True)
class Place:
    """A name in a folder of the account. `path` is relative to the account's root on disk."""

    folder: Folder
    name: str

    @property
    def path(self) -> str:
        """The path below the root."""
        return f"{self.folder.path.lstrip('/')}/{self.name}"

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

    def place(self, components: Sequence[str]) -> Place:
        """The file that a path names.

        Raises:
            Refused: no such file, for everything outside the account's folders.
        """
        folder = self._folders.get("/" + "/".join(components[:-1]))
        if folder is None or not components or self.is_folder(components):
            raise not_there()
        return Place(folder, components[-1])

    def folder(self, components: Sequence[str]) -> Folder | None:
        """The folder that a path names; `None` for one that only leads to others.

        Raises:
            Refused: no such file.
        """
        if not self.is_folder(components):
            raise not_there()
        return self._folders.get("/" + "/".join(components))

    def is_folder(self, components: Sequence[str]) -> bool:
        """Whether the path names a folder, or leads to one."""
        prefix = "/" + "/".join(components)
        below = prefix.rstrip("/") + "/"
        return prefix in self._folders or any(path.startswith(below) for path in self._folders)

    def folders_in(self, components: Sequence[str]) -> Sequence[str]:
        """The names of the folders directly below a path."""
        below = ("/" + "/".join(components)).rstrip("/") + "/"
        inner = (path[len(below) :] for path in self._folders if path.startswith(below))
        return sorted({path.split("/")[0] for path in inner})
