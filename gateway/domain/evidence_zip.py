"""A zip file in one form only: its bytes follow from its members, so that none of them can be changed unseen."""

import struct
from collections.abc import Sequence
from zlib import crc32

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_VERSION, _FIRST_OF_1980 = 20, 33


def stored_zip(members: Sequence[tuple[str, bytes]]) -> bytes:
    """The members as they are, one after the other, all of one day; names are ASCII.

    Raises:
        OverflowError: more than the old form of zip files holds (4 GiB, or 65,535 members).
    """
    files, index, at = [], [], 0
    for name, content in members:
        called, size = name.encode("ascii"), len(content)
        alike = (_VERSION, 0, 0, 0, _FIRST_OF_1980, crc32(content), size, size, len(called), 0)
        files += [_packed(_LOCAL, b"PK\3\4", *alike), called, content]
        index.append(_packed(_CENTRAL, b"PK\1\2", _VERSION, *alike, 0, 0, 0, 0, at) + called)
        at += _LOCAL.size + len(called) + size
    tail, count = b"".join(index), len(members)
    return b"".join([*files, tail, _packed(_END, b"PK\5\6", 0, 0, count, count, len(tail), at, 0)])


def _packed(form: struct.Struct, *values: bytes | int) -> bytes:
    try:
        return form.pack(*values)
    except struct.error:
        raise OverflowError("too much for one zip file: ask for a shorter period") from None
