"""What a space left on disk about its files, judged from there alone: log, ledger and folders must agree."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from shutil import copy2
from typing import Any

from consumers.drop_check import Series, check_folder
from consumers.manifests import ManifestKeys
from gateway.adapters.database import read_database
from gateway.adapters.intake import SqlIntake
from gateway.adapters.log import LogReader
from gateway.contracts.drop import MANIFEST
from gateway.flows.audit_check import check_log
from tests.running import FLOW

CONSUMERS = ("opgroeien-kring", "vutg-rechten", "infino", "kidslife", "myfamily", "parentia")
GONE = ("file.expired", "file.withdrawn")
Leaf = dict[str, Any]


@dataclass(frozen=True)
class Evidence:
    """The data folder of a space that stands still, and who is registered for whom."""

    data: Path
    registered: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def leaves(self) -> Sequence[Leaf]:
        """The public entries; the log itself must hold."""
        reader = LogReader(self.data / "log.db")
        try:
            verdict = check_log(reader)
            assert verdict.ok, verdict
            return [json.loads(one.leaf) for one in reader.entries(1, reader.head().size)]
        finally:
            reader.close()

    def require_safe(self) -> None:
        """What must hold at every instant, also in the middle of trouble: nothing unlogged, nothing twice."""
        leaves = self.leaves()
        for consumer in CONSUMERS:
            entered = self._entered(leaves, consumer)
            for path in self.shown(consumer):
                assert entered[path.name]["sha256"] == digest(path), path.name

    def require_whole(self, accepted: Mapping[tuple[str, int], Iterable[str]]) -> None:
        """What must hold when nothing is in the way: nothing lost either. `accepted` are days with persons."""
        leaves = self.leaves()
        self._require_every_upload(leaves, accepted)
        for consumer in CONSUMERS:
            self._require_every_file(leaves, consumer)
        self._require_contents(leaves, accepted)
        self._require_nothing_in_hand()

    def _require_every_upload(
        self, leaves: Sequence[Leaf], accepted: Mapping[tuple[str, int], Iterable[str]]
    ) -> None:
        received = [one for one in leaves if one["e"] == "batch.received"]
        judged = [(one["day"], one["number"]) for one in received if one["outcome"] == "verdeeld"]
        assert Counter(judged) == Counter(accepted.keys())
        assert max(Counter(one["upload"] for one in received).values(), default=1) == 1
        for batch in (one["batch"] for one in received if one["outcome"] == "verdeeld"):
            told = [
                one for one in leaves if one["e"].startswith("file.") and one.get("batch") == batch
            ]
            assert Counter(one["credential"] for one in told) == Counter(CONSUMERS), batch

    def _require_every_file(self, leaves: Sequence[Leaf], consumer: str) -> None:
        entered = self._entered(leaves, consumer)
        assert [one["sequence"] for one in entered.values()] == list(range(1, len(entered) + 1))
        gone = {one["file"] for one in leaves if one["e"] in GONE and one["credential"] == consumer}
        shown = {path.name: digest(path) for path in self.shown(consumer)}
        due = {name: one["sha256"] for name, one in entered.items() if name not in gone}
        lost, extra = sorted(due.keys() - shown.keys()), sorted(shown.keys() - due.keys())
        assert shown == due, f"{consumer}: not there {lost}, not due {extra}"
        assert not list((self.data / "drop" / consumer / ".staging").iterdir())

    def _require_contents(
        self, leaves: Sequence[Leaf], accepted: Mapping[tuple[str, int], Iterable[str]]
    ) -> None:
        batches = {
            one["batch"]: accepted[one["day"], one["number"]]
            for one in leaves
            if one["e"] == "batch.received" and one["outcome"] == "verdeeld"
        }
        for consumer in CONSUMERS:
            entered = self._entered(leaves, consumer)
            for path in self.shown(consumer):
                persons = batches.get(entered[path.name]["batch"])
                if persons is not None:
                    mine = self.registered.get(consumer, frozenset())
                    assert json.loads(path.read_bytes())["insz"] == sorted(mine & set(persons))

    def _require_nothing_in_hand(self) -> None:
        folder = self.data / "drop" / "wewis" / "in" / FLOW
        assert [path.name for path in folder.iterdir() if path.is_file()] == []
        engine = read_database(self.data / "space.db")
        try:
            assert SqlIntake(engine).in_hand() == []
        finally:
            engine.dispose()

    def shown(self, consumer: str) -> Iterator[Path]:
        """The files that a consumer has, collected or not."""
        for folder in (f"uit/{FLOW}", "archief"):
            yield from (self.data / "drop" / consumer / folder).glob("*.json")

    def _entered(self, leaves: Sequence[Leaf], consumer: str) -> dict[str, Leaf]:
        mine = [
            one for one in leaves if one["e"] == "file.delivered" and one["credential"] == consumer
        ]
        entered = {one["file"]: one for one in mine}
        assert len(entered) == len(mine), "a file was entered twice"
        names = [path.name for path in self.shown(consumer)]
        assert len(names) == len(set(names)), "a file is there twice"
        return entered


def collect(data: Path, consumer: str, inbox: Path) -> None:
    """Copy what a consumer can see, with manifests, as it would collect it."""
    inbox.mkdir(parents=True, exist_ok=True)
    for folder in (f"uit/{FLOW}", "archief"):
        found = data / "drop" / consumer / folder
        for path in found.glob("*.json"):
            copy2(path, inbox)
            copy2(manifest_of(data, consumer, path), inbox)


def manifest_of(data: Path, consumer: str, path: Path) -> Path:
    """A file's manifest: it stays behind where only the file is archived."""
    name = f"{path.name}{MANIFEST}"
    beside = path.with_name(name)
    return beside if beside.exists() else data / "drop" / consumer / "uit" / FLOW / name


def judged(inbox: Path, verifier: str) -> Series:
    """What `magda-sim drop check` says of a consumer's inbox."""
    (series,) = check_folder(inbox, ManifestKeys.pinned(verifier))
    return series


def digest(path: Path) -> str:
    """SHA-256 in hex."""
    return sha256(path.read_bytes()).hexdigest()
