"""The drop server of a whole space, with its law and its log, and without what becomes of uploads."""

import sys
import threading
from dataclasses import replace
from pathlib import Path

from harness import ROOT

sys.path.insert(0, str(ROOT))
from gateway.cli.up import _spare_the_collector as spare_the_collector
from gateway.contracts.drop import Outcome, Transfer
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.space import Doors, Space
from sftp_drop.house import House
from sftp_drop.limits import Limits
from sftp_drop.server import DropServer


def main(base):
    space = Space("demo", Settings(data=base / "space", clock=DEMO_CLOCK, demo=True), Doors())

    def collected(account, file):
        """The entry of a collection, without the ledger, which is the business of the file flows."""
        told = Transfer(f"/uit/{file}", is_upload=False, size=0, outcome=Outcome.COMPLETE)
        space.desk.note(account, told)

    desk = replace(space.desk, on_upload=lambda _: None, on_collected=collected)
    limits = Limits(half_open=400, connections=1_000, sessions_per_account=500)
    keys = space.keyring
    server = DropServer(space.gates["sftp"], House(desk, limits), keys.ssh_private("host"))
    for user in ("wewis", "infino"):
        keys.write_ssh_key(user, base)
    spare_the_collector()  # as `magda-sim up` does
    print(server.start(), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
