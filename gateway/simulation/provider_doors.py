"""By what door the simulated WEWIS delivers: SFTP, or the way that the text names where that is taken strictly."""

from dataclasses import dataclass
from pathlib import Path

from gateway.adapters.clock import SpaceClock
from gateway.bootstrap import Gateway
from gateway.contracts.drop import FTPS, SFTP
from gateway.domain.transport import named_elsewhere
from gateway.simulation.certificate_desk import CA_FILE
from gateway.simulation.keyring import Keyring
from providers.mutations import FLOW, CertifiedDoor, DropDoor, upload, upload_over_ftps


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderDoors:
    """The drop server's doors for a unit, which logs in as `user`; its papers lie in `folder`."""

    unit: str
    user: str
    keyring: Keyring
    folder: Path
    host: str
    host_key: str
    sftp_port: int
    ftps_port: int | None

    def sftp(self) -> DropDoor:
        """With the account's key."""
        return DropDoor(
            host=self.host,
            port=self.sftp_port,
            host_key=self.host_key,
            user=self.user,
            key=self.keyring.ssh_private(self.unit),
        )

    def ftps(self) -> CertifiedDoor:
        """With the unit's certificate and password."""
        return CertifiedDoor(
            host=self.host,
            port=self.ftps_port or 0,
            ca=self.folder / CA_FILE,
            certificate=self.folder / f"{self.unit}.crt.pem",
            key=self.keyring.write_client_key(self.unit, self.folder),
            user=self.user,
            password=self.keyring.password(self.unit),
        )

    def deliver(self, name: str, content: bytes, *, over: str) -> None:
        """Upload the day's batch."""
        if over == FTPS:
            upload_over_ftps(self.ftps(), name, content)
        else:
            upload(self.sftp(), name, content)


def way_of(gateway: Gateway, clock: SpaceClock, *, strict: bool) -> str:
    """The door that WEWIS goes to."""
    named = named_elsewhere(gateway.protocols.bundle(), FLOW, SFTP, clock.now())
    return named[0] if strict and named is not None else SFTP
