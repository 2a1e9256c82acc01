"""The process behind the plugin: runs a space until its standard input ends, as it does when the tests are gone."""

import sys
from pathlib import Path

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host


def main() -> None:
    """Serve on free loopback ports; the ready file appears in the folder when everything answers."""
    data = Path(sys.argv[1])
    host = Host(
        Settings(data=data, demo=True, clock=DEMO_CLOCK, http_port=0, https_port=0, sftp_port=0, lines="off")
    )  # fmt: skip
    try:
        host.start()
        sys.stdin.read()
    finally:
        host.stop()


if __name__ == "__main__":
    main()
