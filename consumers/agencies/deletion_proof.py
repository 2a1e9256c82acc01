"""What an agency shows of its deletions: how much went and under which article; never whose it was.

A statement is written when something was deleted, and its digest handed over as evidence under the
protocol. Where that does not succeed, it is handed over at the next occasion.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from consumers.answers import Answer, Refused
from consumers.contents import Proven
from gateway.contracts.clock import Clock

_WAITS, _TOLD = ".json", ".told.json"


@dataclass(frozen=True, slots=True)
class Rule:
    """What an agency deletes by: the protocol, its article, and the measure that it shows, if one is agreed."""

    protocol: str
    article: str
    measure: str | None = None


GRANT_FILES = Rule("004", "art. 3")
PAYER_RECORDS = Rule("001", "art. 3 b")
MAILS = Rule("000", "art. 6", "crm-twaalf-maanden")
BUDGETS = Rule("002", "art. 3")
PAYMENT_COPIES = Rule("003", "art. 3")


class TakesEvidence(Protocol):
    """The gateway, as far as evidence goes."""

    def prove(self, protocol: str, document: str, reason: str, about: str | None) -> Answer[Proven]:
        """Hand over the digest of a document as evidence under a protocol."""
        ...


class DeletionProofs:
    """The statements of one agency, in a folder of its own."""

    def __init__(self, folder: Path, rule: Rule, clock: Clock) -> None:
        self._folder, self._rule, self._clock = folder, rule, clock

    def note(self, count: int) -> None:
        """Write down that so much was deleted; nothing where nothing was."""
        if not count:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        at = self._clock.now()
        number = 1 + sum(1 for _ in self._folder.iterdir())
        path = self._folder / f"{at.date().isoformat()}-{number}{_WAITS}"
        path.write_bytes(self._statement(at, count))

    def hand_over(self, gateway: TakesEvidence) -> Sequence[str]:
        """Hand over what waits; the acts that it became."""
        waiting = [one for one in sorted(self._folder.glob(f"*{_WAITS}")) if not _is_told(one)]
        acts = [self._tell(gateway, path) for path in waiting]
        return [act for act in acts if act is not None]

    def _tell(self, gateway: TakesEvidence, path: Path) -> str | None:
        rule, content = self._rule, path.read_bytes()
        digest = f"sha256:{sha256(content).hexdigest()}"
        reason = f"bewaartermijn {rule.article}: verwijderd"
        answer = gateway.prove(rule.protocol, digest, reason, rule.measure)
        if isinstance(answer, Refused):
            return None
        told = json.loads(content) | {"gebeurtenis": answer.content.key, "stuk": digest}
        path.with_name(path.name.removesuffix(_WAITS) + _TOLD).write_text(json.dumps(told), "utf-8")
        return answer.content.key

    def _statement(self, at: datetime, count: int) -> bytes:
        rule = self._rule
        words = {"protocol": rule.protocol, "artikel": rule.article, "op": at.isoformat(), "verwijderd": count}  # fmt: skip
        return json.dumps(words, sort_keys=True).encode()


def _is_told(path: Path) -> bool:
    told = path.with_name(path.name.removesuffix(_WAITS) + _TOLD)
    return path.name.endswith(_TOLD) or told.exists()
