"""Compiled documents kept on disk, so that a start need not read YAML again (ADR 0018).

An entry is named after what it was made from: the file's name and bytes, and the form of this loader.
It is plain JSON behind its own digest, so reading one can do nothing but yield a document or nothing.
Only documents without a defect are kept; whatever is wrong with an entry, the file is read instead.
"""

import os
import platform
import stat
import threading
from functools import cache, lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import msgspec

import gateway.contracts
import gateway.domain
from gateway.domain.protocol_document import ProtocolDocument

_LIBRARIES = ("pydantic", "pydantic-core", "msgspec", "ruamel.yaml")
_HEX = 64
_AT_HAND = 32
_SUFFIX = ".json"


class DocumentCache:
    """A folder of entries, private to who runs this."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._used: set[str] = set()
        self._ready = _is_private(folder)

    def get(self, name: str, raw: bytes) -> ProtocolDocument | None:
        """What this file was compiled to before, or `None`."""
        entry = _name(name, raw)
        self._used.add(entry)
        content = _read(self._folder / entry) if self._ready else None
        return _document(content) if content is not None else None

    def put(self, name: str, raw: bytes, document: ProtocolDocument) -> None:
        """Keep what a file was compiled to; a cache that cannot be written is no cache."""
        content = msgspec.json.encode(document)
        if self._ready:
            _write(self._folder / _name(name, raw), _digest(content) + content)

    def tidy(self) -> None:
        """Drop what no file leads to any more, once that is more than half."""
        if not self._ready:
            return
        stale = [e for e in os.listdir(self._folder) if e not in self._used]  # noqa: PTH208  quicker
        if len(stale) > len(self._used):
            for entry in stale:
                (self._folder / entry).unlink(missing_ok=True)
        self._used.clear()


@cache
def form() -> bytes:
    """The form of this loader: its own code, the domain's, and the libraries that it leans on."""
    known = sha256(platform.python_version().encode())
    for library in _LIBRARIES:
        known.update(f"{library}=={version(library)};".encode())
    for folder in (Path(__file__).parent, *map(_home, (gateway.domain, gateway.contracts))):
        for path in sorted(folder.glob("*.py")):
            known.update(path.name.encode() + path.read_bytes())
    return known.digest()


@lru_cache(maxsize=_AT_HAND)
def _document(content: bytes) -> ProtocolDocument | None:
    """What an entry says, if it is whole. The spaces of a process mostly go by the same few documents."""
    if content[:_HEX] != _digest(content[_HEX:]):
        return None
    try:
        return msgspec.json.decode(content[_HEX:], type=ProtocolDocument)
    except (msgspec.MsgspecError, ValueError):
        return None


def _home(package: object) -> Path:
    return Path(str(package.__file__)).parent  # type: ignore[attr-defined]  # a package has one


def _name(name: str, raw: bytes) -> str:
    known = sha256(form())
    known.update(name.encode("utf-8", "surrogateescape") + b"\0")
    known.update(raw)
    return known.hexdigest() + _SUFFIX


def _digest(content: bytes) -> bytes:
    return sha256(content).hexdigest().encode()


def _is_private(folder: Path) -> bool:
    """Whether the folder is there, ours, and closed to others' hands."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        seen = folder.lstat()
    except OSError:
        return False
    is_ours = stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.geteuid()
    return is_ours and not seen.st_mode & 0o022


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, with mode 0600."""
    hidden = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        handle = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        hidden.replace(path)
    except OSError:
        return
