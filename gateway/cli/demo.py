"""`magda-sim demo`: the whole story over real HTTP and real SFTP, with a verified log at the end."""

import tempfile
from pathlib import Path

import typer

FAILED = 1


def demo() -> None:
    """Tell the whole story on free loopback ports, in a folder of its own; takes some seconds."""
    from gateway.settings import DEMO_CLOCK, Settings
    from gateway.simulation.host import Host
    from gateway.simulation.story import Story, StoryBroken

    with tempfile.TemporaryDirectory(prefix="magda-sim-") as folder:
        settings = Settings(
            demo=True, data=Path(folder), http_port=0, sftp_port=0, clock=DEMO_CLOCK, lines="off"
        )
        host = Host(settings)
        try:
            Story(host.start(), typer.echo).tell()
        except StoryBroken as broken:
            typer.echo(f"the story breaks here: {broken}", err=True)
            raise typer.Exit(FAILED) from None
        finally:
            host.stop()
