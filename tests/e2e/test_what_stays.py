"""What stays in the process of a space that is over: nothing."""

import gc
import weakref
from pathlib import Path

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from gateway.simulation.space import Space


def test_a_host_that_stopped_and_a_space_that_was_reset_leave_nothing(tmp_path: Path) -> None:
    host = Host(Settings(data=tmp_path, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True))
    host.start()
    spaces: list[weakref.ref[Space]] = [weakref.ref(host.space)]
    host.reset(2, None)
    gc.collect()
    assert spaces[0]() is None

    spaces.append(weakref.ref(host.space))
    host.stop()
    del host
    gc.collect()
    assert spaces[1]() is None
