"""The log as a stranger reads it over HTTP: tiles, entries, proofs and checkpoints, put together from nothing."""

import base64
import gzip
import json
from collections.abc import Callable, Iterator
from hashlib import sha256

import httpx
import pytest

from gateway.adapters.signing import verify_checkpoint
from gateway.domain.log_entry import Event, EventKind
from gateway.domain.merkle import root_of
from gateway.domain.tree_proofs import proves_consistency, proves_inclusion
from tests.builders import NOON
from tests.people import NOOR
from tests.running import CARE, RunningSpace

OCTETS = "application/octet-stream"


@pytest.fixture(scope="module")
def filled(shared_space: RunningSpace) -> RunningSpace:
    """A space with a decision about a person first, and 600 entries."""
    space = shared_space
    space.register("ahovoks-studietoelagen", NOOR)
    body = {"insz": NOOR, "referentiedatum": "2024-12-31"}
    assert space.post("ahovoks-studietoelagen", CARE, body).status_code == 200
    log = space.host.space.gateway.log
    event = Event(EventKind.ATTEMPTS, NOON, "demo", {"listener": "rest", "count": 1})
    log.append_all([event.entry()] * (600 - log.size))
    return space


@pytest.fixture(params=["", "/spaces/other"])
def get(request: pytest.FixtureRequest, filled: RunningSpace) -> Iterator[Callable[..., httpx.Response]]:  # fmt: skip
    """Reads below `/log`, at the root and as another space of the same process."""
    host = filled.host
    host._dispatcher.spaces["other"] = host._dispatcher.default
    yield lambda path, **headers: filled.get(f"{request.param}/log/{path}", **headers)
    del host._dispatcher.spaces["other"]


def the_head(space: RunningSpace, text: str) -> tuple[int, bytes]:
    return verify_checkpoint(text, space.ready["log_key"])


def entries_of(content: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(content):
        end = at + 2 + int.from_bytes(content[at : at + 2], "big")
        found.append(content[at + 2 : end])
        at = end
    return found


def hashes_of(text: str) -> list[bytes]:
    return [base64.b64decode(line) for line in text.split("\n") if line]


def test_a_stranger_puts_the_log_together(
    filled: RunningSpace, get: Callable[..., httpx.Response]
) -> None:
    size, root = the_head(filled, get("checkpoint").text)
    names = [f"{n:03}" for n in range(size // 256)] + [f"{size // 256:03}.p/{size % 256}"]

    bundles = [get(f"tile/entries/{name}") for name in names]
    tiles = [get(f"tile/0/{name}") for name in names]
    leaves = [leaf for answer in bundles for leaf in entries_of(answer.content)]

    assert len(leaves) == size >= 600
    assert root_of(leaves) == root
    hashed = b"".join(answer.content for answer in tiles)
    assert hashed == b"".join(sha256(b"\0" + leaf).digest() for leaf in leaves)
    above = get(f"tile/1/000.p/{size // 256}").content
    assert above[:32] == root_of(leaves[:256])
    assert above[32:64] == root_of(leaves[256:512])
    for answer in (*bundles, *tiles):
        assert answer.headers["content-type"] == OCTETS
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["sim-protocol"] == "platform"
    assert [leaf["e"] for leaf in map(json.loads, leaves[:2])] == ["decision", "decision"]
    assert not any(NOOR.encode() in leaf for leaf in leaves)


def test_a_proof_is_taken_away_and_holds(
    filled: RunningSpace, get: Callable[..., httpx.Response]
) -> None:
    for name, position in (("D-2", 2), ("2", 2), ("1", 1), ("D-600", 600), ("D-257", 257)):
        answer = get(f"proof/{name}")

        proof, _, checkpoint = answer.text.partition("\n\n")
        first, extra, index, *hashes = proof.split("\n")
        size, root = the_head(filled, checkpoint)
        leaf = base64.b64decode(extra.removeprefix("extra "))
        assert (first, index) == ("c2sp.org/tlog-proof@v1", f"index {position - 1}")
        proved = hashes_of("\n".join(hashes))
        assert proves_inclusion(sha256(b"\0" + leaf).digest(), position - 1, size, proved, root)
        assert answer.headers["content-disposition"] == f'inline; filename="{name}.tlog-proof"'
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert json.loads(base64.b64decode(get("proof/D-2").text.split("\n")[1][6:]))["flow"] == "zorgtoeslag"  # fmt: skip


def test_a_proof_holds_under_an_older_checkpoint_too(
    filled: RunningSpace, get: Callable[..., httpx.Response]
) -> None:
    text = get("proof/D-2?size=300").text
    proof, _, checkpoint = text.partition("\n\n")
    _, extra, _, *hashes = proof.split("\n")

    size, root = the_head(filled, checkpoint)

    leaf = base64.b64decode(extra.removeprefix("extra "))
    leaves = entries_of(get("tile/entries/000").content) + entries_of(get("tile/entries/001").content)  # fmt: skip
    assert (size, root) == (300, root_of(leaves[:300]))
    proved = hashes_of("\n".join(hashes))
    assert proves_inclusion(sha256(b"\0" + leaf).digest(), 1, size, proved, root)


def test_the_log_is_shown_to_have_only_grown(
    filled: RunningSpace, get: Callable[..., httpx.Response]
) -> None:
    now, root = the_head(filled, get("checkpoint").text)
    for old, new in ((0, 300), (1, 300), (255, 256), (256, 600), (300, 300), (599, None)):
        answer = get(f"consistency?from={old}" + ("" if new is None else f"&to={new}"))

        before, _, checkpoint = answer.text.partition("\n\n")
        first, _, hashes = before.partition("\n")
        size, reached = the_head(filled, checkpoint)
        assert (first, size) == (f"old {old}", new or now)
        old_root = the_head(filled, get(f"proof/1?size={old}").text.partition("\n\n")[2])[1] if old else b""  # fmt: skip
        assert proves_consistency(old, size, hashes_of(hashes), old_root, reached)
    assert the_head(filled, get("consistency?from=1").text.partition("\n\n")[2]) == (now, root)


def test_entries_are_compressed_for_who_can_read_that(
    filled: RunningSpace, get: Callable[..., httpx.Response]
) -> None:
    plain = get("tile/entries/000", Accept_Encoding="identity")
    with httpx.stream(
        "GET", str(plain.url), headers={"Accept-Encoding": "gzip"}, trust_env=False
    ) as answer:
        packed = b"".join(answer.iter_raw())

    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(packed) == plain.content
    assert len(packed) < len(plain.content) / 4


@pytest.mark.parametrize(
    ("path", "status"),
    [("tile/0/003", 404), ("tile/0/002", 404), ("tile/0/000.p/0", 404), ("tile/0/000.p/256", 404),
     ("tile/00/000", 404), ("tile/64/000", 404), ("tile/x/000", 404), ("tile/0/x000/000", 404),
     ("tile/1/000", 404), ("tile/1/001.p/1", 404), ("tile/entries/999", 404), ("tile/0/..", 404),
     ("proof/0", 404), ("proof/D-0", 404), ("proof/D-9999999", 404), ("proof/X-1", 404),
     ("proof/٣", 404), ("proof/D-2?size=1", 404), ("proof/D-2?size=99999999", 404),
     ("proof/D-2?size=0", 400), ("consistency", 400), ("consistency?from=5&to=4", 400),
     ("consistency?from=1&to=99999999", 400), ("consistency?from=-1", 400)],
)  # fmt: skip
def test_what_is_not_there_is_said_so(
    filled: RunningSpace, get: Callable[..., httpx.Response], path: str, status: int
) -> None:
    answer = get(path)

    assert answer.status_code == status
    problem = answer.json()
    assert problem["reason"] == ("service-unknown" if status == 404 else "message-invalid")
    assert problem["remedy"]


def test_only_reading_is_known(filled: RunningSpace) -> None:
    for path in ("tile/0/000.p/1", "tile/entries/000.p/1", "proof/D-1", "checkpoint"):
        answer = httpx.post(f"{filled.http}/log/{path}", trust_env=False)

        assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_a_partial_tile_stays_when_the_log_has_grown_past_it(
    filled: RunningSpace, get: Callable[..., httpx.Response]
) -> None:
    whole = get("tile/0/001").content

    assert get("tile/0/001.p/7").content == whole[: 7 * 32]
    assert len(entries_of(get("tile/entries/001.p/7").content)) == 7


def test_reading_leaves_no_entry(filled: RunningSpace, get: Callable[..., httpx.Response]) -> None:
    """Whoever follows a log must not make it grow; nothing here is about a person."""
    before = filled.host.space.gateway.log.size
    for path in ("checkpoint", "tile/0/000", "tile/entries/000", "proof/1", "keys"):
        assert get(path).status_code == 200

    assert filled.host.space.gateway.log.size == before
