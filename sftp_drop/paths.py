"""The one function that turns a client's path into names, and the rule for names."""

import re
from functools import lru_cache

from sftp_drop.wire import Code, Refused

LONGEST_PATH = 1_024
_NAME = re.compile(r"\.?[A-Za-z0-9_][A-Za-z0-9._-]{0,126}")
_PLAIN = re.compile(rf"(?:/{_NAME.pattern})+".encode())
TEMPORARY = (".part", ".tmp", ".filepart")
FINAL = ".json"
FOLDERS_TEXT = "folders are the server's own: upload into /in/<flow>, acknowledge into /archief"


@lru_cache(maxsize=1_024)
def split_path(raw: bytes) -> tuple[str, ...]:
    """The components of a path as the client sees it; `..` never climbs above the top.

    Raises:
        Refused: a character or length that no name here may have.
    """
    if len(raw) > LONGEST_PATH:
        raise Refused(Code.FAILURE, f"a path has at most {LONGEST_PATH} bytes")
    if _PLAIN.fullmatch(raw):
        return tuple(raw[1:].decode().split("/"))
    components: list[str] = []
    for component in raw.split(b"/"):
        if component == b"..":
            components = components[:-1]
        elif component not in (b"", b"."):
            components.append(_checked(component))
    return tuple(components)


def is_temporary(name: str) -> bool:
    """Whether a name says by itself that the file is not finished."""
    return name.startswith(".") or name.endswith(TEMPORARY)


def _checked(component: bytes) -> str:
    try:
        name = component.decode("ascii")
    except UnicodeDecodeError:
        name = ""
    if not _NAME.fullmatch(name):
        raise Refused(Code.FAILURE, "a name has letters, digits, `.`, `_` and `-`, at most 128")
    return name
