"""Compiled documents kept on disk, so that a start need not read YAML again (ADR 0018).

An entry is named after what it was made from: the file's name and bytes, and the form of this loader.
It is plain JSON behind its own digest, so reading one can do nothing but yield a document or nothing.
Only documents without a defect are kept; whatever is wrong with an entry, the file is read instead.
"""

import os
import platform
import stat
import threading
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import msgspec

import gateway.contracts
import gateway.domain
from gateway.domain.protocol_document import ProtocolDocument

_LIBRARIES = ("pydantic", "pydantic-core", "msgspec", "ruamel.yaml")
_HEX = 64
_MOST_AT_HAND = 32
_SUFFIX = ".json"


class AtHand:
    """The last documents of this process, by what they were made from: its spaces mostly go by the same few."""

    def __init__(self) -> None:
        self._kept: dict[str, ProtocolDocument] = {}
        self._lock = threading.Lock()

    def get(self, entry: str) -> ProtocolDocument | None:
        """The document, if it is one of the last."""
        return self._kept.get(entry)

    def put(self, entry: str, document: ProtocolDocument) -> None:
        """Keep it, and let the oldest go."""
        with self._lock:
            self._kept[entry] = document
            while len(self._kept) > _MOST_AT_HAND:
                del self._kept[next(iter(self._kept))]


@cache
def at_hand() -> AtHand:
    """Those that all spaces of the process share."""
    return AtHand()


class DocumentCache:
    """A folder of entries, private to who runs this."""

    def __init__(self, folder: Path, at_hand: "AtHand | None" = None) -> None:
        self._folder, self._at_hand = folder, at_hand or AtHand()
        self._used: set[str] = set()
        self._ready = _is_private(folder)

    def get(self, name: str, raw: bytes) -> ProtocolDocument | None:
        """What this file was compiled to before, or `None`."""
        entry = _name(name, raw)
        self._used.add(entry)
        return self._at_hand.get(entry) or self._stored(entry)

    def put(self, name: str, raw: bytes, document: ProtocolDocument) -> None:
        """Keep what a file was compiled to; a cache that cannot be written is no cache."""
        content, entry = msgspec.json.encode(document), _name(name, raw)
        self._at_hand.put(entry, document)
        if self._ready:
            _write(self._folder / entry, _digest(content) + content)

    def _stored(self, entry: str) -> ProtocolDocument | None:
        content = _read(self._folder / entry) if self._ready else None
        if content is None or content[:_HEX] != _digest(content[_HEX:]):
            return None
        try:
            document = msgspec.json.decode(content[_HEX:], type=ProtocolDocument)
        except (msgspec.MsgspecError, ValueError):
            return None
        self._at_hand.put(entry, document)
        return document

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
