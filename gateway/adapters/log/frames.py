"""The words between a gateway and its log's sequencer: batches one way, positions the other."""

import struct
from collections.abc import Iterator, Sequence

import msgspec

from gateway.domain.sealing import SealedEntry

READY = b"ready\n"
"""What a sequencer says on its standard output once it serves."""
_LENGTH = struct.Struct(">I")
_POSITION = struct.Struct(">Q")
ANSWER_SIZE = _POSITION.size
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[SealedEntry]).decode


def framed(batch: Sequence[SealedEntry]) -> bytes:
    """A batch, which is entered whole or not at all."""
    body = _encode(batch)
    return _LENGTH.pack(len(body)) + body


def take_batches(inbox: bytearray) -> Iterator[list[SealedEntry]]:
    """The batches that have come whole; they are taken out of the inbox."""
    begin = 0
    while len(inbox) - begin >= _LENGTH.size:
        end = begin + _LENGTH.size + _LENGTH.unpack_from(inbox, begin)[0]
        if end > len(inbox):
            break
        yield _decode(inbox[begin + _LENGTH.size : end])
        begin = end
    del inbox[:begin]


def answered(first: int | None) -> bytes:
    """Where a batch begins in the log, or that nothing of it was written."""
    return _POSITION.pack(first or 0)


def take_answers(inbox: bytearray) -> Iterator[int | None]:
    """The answers that have come whole; they are taken out of the inbox."""
    whole = len(inbox) // _POSITION.size * _POSITION.size
    for (first,) in _POSITION.iter_unpack(inbox[:whole]):
        yield first or None
    del inbox[:whole]
