"""The stand-alone verifier over a million entries in tiles on disk, beside the hashing alone; CPU, for the machine is shared."""

import shutil
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from harness import spread

from consumers.log_verifier import Folder, Key, Tree, Trust, check_log, leaf_hash, node_hash
from gateway.adapters.signing import LogNotary
from gateway.domain.log_check import Head
from gateway.domain.tile_names import bundled, tile_name

SIZE = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
WORDS = b'{"articles":["art. 3"],"asked":["insz","pijler1"],"at":"2025-%02d-10T%02d:%02d:00.000+01:00","n":%d,"x":"%s"}'


def leaves(number, count):
    """Entries as long as those of decisions."""
    return [WORDS % (number // 368_640 % 12 + 1, number // 15_360 % 24, number // 256 % 60, number + n, b"y" * 400) for n in range(count)]  # fmt: skip


def put(folder, level, number, width, content):
    name = tile_name(number) if width == 256 else f"{tile_name(number)}.p/{width}"
    path = folder / "tile" / level / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def write(folder):
    """The log in tiles, and its key."""
    tree, row = Tree(), []
    for number in range(-(-SIZE // 256)):
        own = leaves(number * 256, min(256, SIZE - number * 256))
        hashes = [leaf_hash(leaf) for leaf in own]
        put(folder, "entries", number, len(own), bundled(own))
        put(folder, "0", number, len(own), b"".join(hashes))
        for one in hashes:
            tree.append(one)
        row.append(hashes)
    level, row = 1, [fold(hashes) for hashes in row if len(hashes) == 256]
    while row:
        for number in range(-(-len(row) // 256)):
            own = row[number * 256 :][:256]
            put(folder, str(level), number, len(own), b"".join(own))
        level, row = level + 1, [fold(row[at : at + 256]) for at in range(0, len(row) - 255, 256)]
    notary = LogNotary(Ed25519PrivateKey.from_private_bytes(b"k" * 32), "bench", Head.empty)
    (folder / "checkpoint").write_text(notary.note(Head(SIZE, tree.root())))
    return Trust([Key.parse(notary.verifier)])


def fold(hashes):
    while len(hashes) > 1:
        hashes = [
            node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)
        ]
    return hashes[0]


def floor():
    """Seconds of CPU for one hash of each entry and one of each pair of hashes, and nothing else."""
    leaf, pair = b"\0" + leaves(0, 1)[0], b"\1" + bytes(64)
    began = time.process_time()
    for _ in range(SIZE):
        sha256(leaf).digest()
        sha256(pair).digest()
    return time.process_time() - began


def main(rounds=5):
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    trust = write(folder)
    took, ratios = [], []
    for _ in range(rounds):
        least, began = floor(), time.process_time()
        assert check_log(Folder(folder), trust)["size"] == SIZE
        took.append(time.process_time() - began)
        ratios.append(took[-1] / least)
    print(f"{SIZE} entries verified in {spread(took)} s CPU, {spread(ratios)} x the hashing alone")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
