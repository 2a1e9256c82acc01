"""`/log`: keys, checkpoint, tiles, entries and proofs for strangers, in the forms of C2SP; open to anybody."""

import gzip
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import APIRouter, Header, Query
from fastapi.responses import PlainTextResponse, Response

from gateway.contracts.faults import RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.checkpoint import read_checkpoint, read_note
from gateway.domain.published import Published
from gateway.domain.services import PLATFORM
from gateway.domain.tile_names import parse_tile_name

Answer = TypeVar("Answer")
_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_NOW = "no-cache"
_BYTES = "application/octet-stream"
_ABOUT: dict[int | str, dict[str, Any]] = {
    200: {"content": {_BYTES: {"schema": {"type": "string", "format": "binary"}}}}
}
_LARGEST = 2**53 - 1
Position = Annotated[int | None, Query(ge=1, le=_LARGEST)]


class LogDesk(Protocol):
    """What anybody may see of the log. `LookupError` where it is not that long."""

    def checkpoint(self) -> str:
        """The signed checkpoint of the log as it stands."""
        ...

    def tile(self, level: int, number: int, width: int) -> bytes:
        """The first hashes of a tile."""
        ...

    def bundle(self, number: int, width: int) -> bytes:
        """The entries under a tile of level 0."""
        ...

    def cosigned(self) -> str:
        """The largest published checkpoint that a witness cosigned."""
        ...

    def published(self, after: int, limit: int) -> Sequence[Published]:
        """Published checkpoints of more than `after` entries, smallest first."""
        ...

    def published_at(self, size: int) -> str:
        """The published checkpoint of a size."""
        ...

    def inclusion(self, position: int, size: int | None = None) -> str:
        """The proof that an entry stands in the log."""
        ...

    def consistency(self, old: int, new: int | None = None) -> str:
        """The proof that the log only grew."""
        ...


def log_router(log: LogDesk, keys: Callable[[], Mapping[str, Any]]) -> APIRouter:
    """The routes. What reads the file runs beside the loop."""
    router = APIRouter(prefix="/log", tags=["log"])

    @router.get("/keys")
    async def show_keys() -> Mapping[str, Any]:
        """The keys that sign checkpoints and manifests."""
        return keys()

    _add_checkpoints(router, log)
    _add_tiles(router, log)
    _add_proofs(router, log)
    return router


def _add_checkpoints(router: APIRouter, log: LogDesk) -> None:
    @router.get("/checkpoint", response_class=PlainTextResponse)
    def checkpoint() -> Response:
        """A freshly signed checkpoint of the log as it stands (C2SP signed note)."""
        return _text(log.checkpoint())

    @router.get("/checkpoint/cosigned", response_class=PlainTextResponse)
    def cosigned() -> Response:
        """The largest published checkpoint that a witness put its signature below."""
        return _text(_found(log.cosigned))

    @router.get("/checkpoints")
    def published(
        after: Annotated[int, Query(ge=0, le=_LARGEST)] = 0,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    ) -> dict[str, Any]:
        """The checkpoints that were published, smallest first, and on which occasion."""
        return {"items": [_listed(one) for one in log.published(after, limit)]}

    @router.get("/checkpoints/{size}", response_class=PlainTextResponse)
    def published_at(size: str) -> Response:
        """The published checkpoint of a size, with what witnesses put below it."""
        return _text(_found(lambda: log.published_at(_whole(size))))


def _listed(one: Published) -> Mapping[str, Any]:
    return {
        "size": one.size,
        "root": read_checkpoint(read_note(one.note).body).root.hex(),
        "at": one.at,
        "occasion": one.occasion.value,
        "cosignatures": len(one.cosignatures),
    }


def _add_tiles(router: APIRouter, log: LogDesk) -> None:
    @router.get("/tile/entries/{name:path}", responses=_ABOUT, response_class=Response)
    def entries(
        name: str, accept_encoding: Annotated[str, Header(include_in_schema=False)] = ""
    ) -> Response:
        """256 entries, or as many as `.p/<W>` says, each after its length (C2SP tlog-tiles)."""
        content = _found(lambda: log.bundle(*parse_tile_name(name)))
        headers = {"Cache-Control": _FOR_EVER, "Sim-Protocol": PLATFORM, "Vary": "Accept-Encoding"}
        if "gzip" in accept_encoding:
            content, headers["Content-Encoding"] = gzip.compress(content, mtime=0), "gzip"
        return Response(content, media_type=_BYTES, headers=headers)

    @router.get("/tile/{level}/{name:path}", responses=_ABOUT, response_class=Response)
    def tile(level: str, name: str) -> Response:
        """256 hashes of a level of the tree, or as many as `.p/<W>` says (C2SP tlog-tiles)."""
        content = _found(lambda: log.tile(_level(level), *parse_tile_name(name)))
        headers = {"Cache-Control": _FOR_EVER, "Sim-Protocol": PLATFORM}
        return Response(content, media_type=_BYTES, headers=headers)


def _add_proofs(router: APIRouter, log: LogDesk) -> None:
    @router.get("/proof/{position}", response_class=PlainTextResponse)
    def proof(position: str, size: Position = None) -> Response:
        """An entry, by decision (`D-18`) or position, and the proof that it stands in the log.

        In the form of C2SP tlog-proof, with the entry as its extra data; under the checkpoint of `size`
        if that is given.
        """
        content = _found(lambda: log.inclusion(_position(position), size))
        name = f'inline; filename="{position}.tlog-proof"'
        return _text(content, **{"Content-Disposition": name})

    @router.get("/consistency", response_class=PlainTextResponse)
    def consistency(
        old: Annotated[int, Query(alias="from", ge=0, le=_LARGEST)],
        new: Annotated[int | None, Query(alias="to", ge=0, le=_LARGEST)] = None,
    ) -> Response:
        """The proof that the log of one size begins with that of a smaller one.

        In the form that C2SP tlog-witness has a witness sent: old size, proof, checkpoint.
        """
        try:
            return _text(log.consistency(old, new))
        except LookupError:
            raise _too_short() from None


def _found(look: Callable[[], Answer]) -> Answer:
    try:
        return look()
    except LookupError:
        raise refuse(
            Reason.SERVICE_UNKNOWN,
            "the log does not hold this, or not yet",
            remedy="GET /log/checkpoint tells its size; docs/log-format.md what is called how",
        ) from None


def _too_short() -> RefusedFault:
    return refuse(
        Reason.MESSAGE_INVALID,
        "the sizes must stand in this order: 0, from, to, the log's",
        remedy="GET /log/checkpoint tells the log's size",
        element="from",
    )


def _level(text: str) -> int:
    """A level as C2SP writes it: 0 to 63."""
    if not (
        text.isascii() and text.isdecimal() and len(text) <= len("63") and text == str(int(text))
    ):
        raise LookupError(text)
    return int(text)


def _position(text: str) -> int:
    """`D-18` or `18`."""
    return _whole(text.removeprefix("D-"))


def _whole(digits: str) -> int:
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= len(str(_LARGEST))):
        raise LookupError(digits)
    return int(digits)


def _text(content: str, **headers: str) -> Response:
    told = {"Cache-Control": _FOR_NOW, "Sim-Protocol": PLATFORM, **headers}
    return PlainTextResponse(content, headers=told)
