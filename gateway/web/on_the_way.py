"""What may stand between a door and the wire, and must not hide from the door whether its client is still there."""

from typing import Any

from gateway.web.receiving import Send


class OnTheWay:
    """Passes on what a door sends. A door is given `send` as a method of this, as of uvicorn's own cycle."""

    def __init__(self, send: Send) -> None:
        self._onward = send

    @property
    def disconnected(self) -> bool:
        """Whether the client has hung up."""
        return is_gone(self._onward)

    @property
    def transport(self) -> Any:
        """The connection under the request, `None` where there is none."""
        return getattr(behind(self._onward), "transport", None)

    async def send(self, message: Any) -> None:
        """Pass a message on."""
        await self._onward(message)


def is_gone(send: Send) -> bool:
    """Whether the client has hung up: uvicorn's request cycle knows, and its `send` is a method of it."""
    return bool(getattr(behind(send), "disconnected", False))


def behind(send: Send) -> object:
    """Whose method it is."""
    return getattr(send, "__self__", None)
