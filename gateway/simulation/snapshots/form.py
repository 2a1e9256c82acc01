"""The form of a snapshot: one archive of stored files, with a list of all that it holds."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from gateway.simulation.beside import BESIDE, RESTORED
from gateway.simulation.disturbance.rules import Fault

FORMAT = "magda-sim-snapshot/1"
MANIFEST = "snapshot.json"
KEYS = "keys/"
MOST_FILES = 1_000_000
_HEX = r"^[0-9a-f]{64}$"
_TOP = re.compile(r"[a-z][a-z0-9-]*\.(db|json|ndjson|yaml)|(drop|keys|law|world)(/.+)?")
_PART = re.compile(r"[^/\\\x00-\x1f]+")
_PUBLIC = ".crt.pem"
_LONGEST_PART, _LONGEST_PATH = 255, 900
"""In bytes, as a file system counts them."""
_END_OF_TIME = 253_402_300_800_000


class SnapshotInvalid(ValueError):
    """The file is no snapshot that can be used here; the text says what is wrong, `remedy` how to mend it."""

    def __init__(self, what: str, remedy: str = "export the snapshot again") -> None:
        super().__init__(what)
        self.remedy = remedy


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class StoredFile(_Strict):
    """A file. `age` is in whole milliseconds, and absent where the machine's clock gave it."""

    path: Annotated[str, Field(max_length=_LONGEST_PATH)]
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=_HEX)]
    age: Annotated[int | None, Field(ge=0, lt=_END_OF_TIME)] = None


class StoredLog(_Strict):
    """How far the log had come, and the key that signs it."""

    size: Annotated[int, Field(ge=0)]
    root: Annotated[str, Field(pattern=_HEX)]
    key: str


class Rates(_Strict):
    """A rate of requests."""

    per_second: Annotated[float, Field(gt=0, le=1e6, strict=False)]
    burst: Annotated[int, Field(ge=0, le=1_000_000)]


class Throttling(_Strict):
    """How much of each consumer is answered."""

    each: Rates | None
    own: dict[str, Rates]


class Counted(_Strict):
    """A fault put in the way, and how often it met something and hit."""

    fault: Fault
    seen: Annotated[int, Field(ge=0)]
    hit: Annotated[int, Field(ge=0)]


def _an_instant(text: str) -> str:
    datetime.fromisoformat(text)
    return text


class Held(_Strict):
    """What the space held in memory only."""

    clock: Annotated[
        str,
        Field(pattern=r"^[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$"),
        AfterValidator(_an_instant),
    ]
    mode: Literal["frozen", "running"]
    ids: Annotated[int, Field(ge=0, lt=2**63)]
    salts: Annotated[int, Field(ge=0, lt=2**63)]
    automatic: dict[str, bool]
    transport: dict[str, Literal["sftp", "process"]]
    faults: list[Counted]
    throttle: Throttling


class Manifest(_Strict):
    """Everything that a snapshot says of itself. `keys` tells whether private keys are among its files."""

    format: Literal["magda-sim-snapshot/1"]
    version: str
    space: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$")]
    seed: Annotated[int, Field(ge=0)]
    people: Annotated[int, Field(ge=0, le=1_000_000)]
    secrets: Literal["seed", "random"]
    begun: Annotated[str, Field(max_length=40)]
    revision: str
    law: list[str]
    memory: Held
    log: StoredLog
    keys: bool
    folders: Annotated[list[str], Field(max_length=MOST_FILES)]
    files: Annotated[list[StoredFile], Field(max_length=MOST_FILES)]

    @property
    def state(self) -> str:
        """The digest of everything but keys: the same for the same state, with keys or without."""
        kept = [file for file in self.files if not is_key(file.path)]
        return sha256(self.model_copy(update={"keys": False, "files": kept}).text()).hexdigest()

    def text(self) -> bytes:
        """As it stands in the archive: the same for the same content."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return content.encode()

    def paths(self) -> Iterator[str]:
        """Every file and folder."""
        yield from self.folders
        yield from (file.path for file in self.files)


def is_key(path: str) -> bool:
    """Whether this is a private key."""
    return path.startswith(KEYS) and not path.endswith(_PUBLIC)


def is_part(path: str) -> bool:
    """Whether what lies here in a data folder belongs to a snapshot."""
    parts = path.split("/")
    is_plain = all(_PART.fullmatch(part) and part not in (".", "..") for part in parts)
    return (
        is_plain
        and _TOP.fullmatch(path) is not None
        and parts[0] not in BESIDE | {RESTORED}
        and max(map(_length, parts)) <= _LONGEST_PART
        and _length(path) <= _LONGEST_PATH
    )


def _length(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))
