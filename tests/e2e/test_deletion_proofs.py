"""Agencies delete on their term and show it: how much and under which article, as an act that the log holds."""

import json
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from consumers.agencies.deletion_proof import (
    BUDGETS,
    GRANT_FILES,
    MAILS,
    PAYER_RECORDS,
    PAYMENT_COPIES,
    DeletionProofs,
    Rule,
)
from consumers.wire_rest import Stated
from gateway.simulation.agency_runs import answer_citizen
from gateway.simulation.desk import Desk
from tests.outages import held
from tests.people import JORIS
from tests.running import RunningSpace

RULES = [
    ("ahovoks-studietoelagen", GRANT_FILES),
    ("infino", PAYER_RECORDS),
    ("dv-cc1700", MAILS),
    ("avsb", BUDGETS),
    ("zele-financien", PAYMENT_COPIES),
]


@pytest.mark.parametrize(("unit", "rule"), RULES)
def test_each_agency_may_show_what_it_deleted(
    shared_space: RunningSpace, tmp_path: Path, unit: str, rule: Rule
) -> None:
    proofs = DeletionProofs(tmp_path, rule, shared_space.host.space.clock)
    proofs.note(0)
    proofs.note(3)

    with shared_space.rest_client(unit) as gateway:
        acts = proofs.hand_over(gateway)
        again = proofs.hand_over(gateway)

    (path,) = (one for one in tmp_path.iterdir() if not one.name.endswith(".told.json"))
    digest = f"sha256:{sha256(path.read_bytes()).hexdigest()}"
    (entry,) = (one for one in shared_space.leaves() if one.get("document") == digest)
    assert (len(acts), again) == (1, [])
    assert json.loads(path.read_bytes())["verwijderd"] == 3
    assert (entry["e"], entry["act"], entry["outcome"]) == ("protocol.act", "bewijs", "permit")
    assert entry["protocol"].startswith(rule.protocol)


def test_what_cannot_be_shown_now_is_shown_at_the_next_occasion(
    space: RunningSpace, tmp_path: Path
) -> None:
    proofs = DeletionProofs(tmp_path, GRANT_FILES, space.host.space.clock)
    proofs.note(1)
    with space.rest_client("ahovoks-studietoelagen") as gateway:
        with held(Path(space.ready["data"]) / "log.db"):
            during = proofs.hand_over(gateway)
        after = proofs.hand_over(gateway)

    assert during == []
    assert len(after) == 1


def mailed(space: RunningSpace, folder: Path) -> dict[str, Any]:
    desk = Desk(space.ready, "dv-cc1700")
    stated = Stated(name="Verzonnen", first_name="Joris", amount=Decimal("437.50"))
    return dict(answer_citizen(desk, folder, JORIS, stated, "", is_confirmed=True))


def test_the_contact_centre_deletes_a_mail_after_twelve_months_and_shows_it(
    space: RunningSpace, tmp_path: Path
) -> None:
    """LAW: 000 art. 6 - an answer by mail is kept for twelve months and then removed."""
    first = mailed(space, tmp_path)
    space.host.space.clock.move_to(datetime.fromisoformat("2026-03-09T12:00:00+01:00"))
    before = mailed(space, tmp_path)
    space.host.space.clock.move_to(datetime.fromisoformat("2026-03-10T12:00:00+01:00"))
    after = mailed(space, tmp_path)

    assert (first["identified"], first["kept"], first["shown"]) == (True, 1, [])
    assert (before["purged"], before["shown"]) == (0, [])
    assert after["purged"] == 1
    (act,) = after["shown"]
    (entry,) = (leaf for leaf in space.leaves() if leaf["e"] == "protocol.act")
    assert (entry["event"], entry["about"]) == (act, "crm-twaalf-maanden")
    assert JORIS not in "".join(one.read_text() for one in (tmp_path / "deletions").iterdir())
