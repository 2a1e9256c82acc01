"""Whether every part works, looked at for real and at most once a second, whoever asks."""

from collections.abc import Callable, Mapping
from threading import Lock

from gateway.ports.operation import NotReady, Part, Probe

KEPT_S = 1.0
_SURPRISE = "something went wrong while looking"


class Readiness:
    """The parts of a space, by name. `monotonic` is machine time."""

    def __init__(self, probes: Mapping[str, Probe], monotonic: Callable[[], float]) -> None:
        self._probes, self._monotonic = probes, monotonic
        self._lock = Lock()
        self._seen: tuple[float, tuple[Part, ...]] | None = None

    def parts(self) -> tuple[Part, ...]:
        """How each part is, as seen now or a moment ago."""
        with self._lock:
            now = self._monotonic()
            if self._seen is None or now - self._seen[0] >= KEPT_S:
                self._seen = now, tuple(_looked(*one) for one in self._probes.items())
            return self._seen[1]


def _looked(name: str, probe: Probe) -> Part:
    try:
        return Part(name, works=True, reason=probe())
    except NotReady as why:
        return Part(name, works=False, reason=str(why))
    except Exception as error:  # noqa: BLE001  whatever it is, the part does not work
        return Part(name, works=False, reason=f"{_SURPRISE}: {type(error).__name__}")
