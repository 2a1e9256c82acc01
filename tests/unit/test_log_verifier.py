"""The stand-alone verifier on logs made from the definitions: what it accepts, and what it says of the rest."""

import ast
import json
import random
import shutil
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from consumers import log_verifier
from consumers.log_verifier import (
    Broken,
    Checkpoint,
    Folder,
    Trust,
    check_consistency,
    check_log,
    check_manifests,
    check_proof,
    main,
    open_source,
    require_consistent,
    require_one_view,
    root_by_inclusion,
    root_of,
)
from tests.property.test_log_bytes import ROOTS, VECTOR
from tests.stranger_log import StrangerLog, a_key, a_line

SIZES = 130


def an_entry(number: int, at: str = "2025-03-10T08:00:00.000+01:00") -> bytes:
    words = {"articles": ["art. 3"], "at": at, "e": "decision", "n": number, "v": 2}
    return json.dumps(words, separators=(",", ":")).encode()


@pytest.fixture(scope="module")
def log() -> StrangerLog:
    return StrangerLog([an_entry(n) for n in range(700)])


def trust(log: StrangerLog) -> Trust:
    return Trust([log.key])


def test_the_roots_are_those_of_the_public_test_vector() -> None:
    assert [root_of(VECTOR[:n]).hex() for n in range(1, 9)] == ROOTS
    assert root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_every_inclusion_proof_of_every_small_log_leads_to_its_root(log: StrangerLog) -> None:
    for size in range(1, SIZES):
        for index in range(size):
            reached = root_by_inclusion(log.root(index, index + 1), index, size, log.path(index, size))  # fmt: skip

            assert reached == log.root(0, size)


def test_every_consistency_proof_between_small_logs_holds(log: StrangerLog) -> None:
    for new in range(SIZES):
        for old in range(new + 1):
            path = log.proof(old, new) if old else []
            before, after = (Checkpoint("log", n, log.root(0, n)) for n in (old, new))

            require_consistent(before, after, path, "proof")


def test_a_proof_with_anything_else_in_it_leads_nowhere(log: StrangerLog) -> None:
    other = bytes(32)
    for size in range(2, 24):
        for index in range(size):
            path = log.path(index, size)
            turned = path[::-1] if path != path[::-1] else [other]
            for one in (path[:-1], [*path, other], [*path[:-1], other], turned):
                assert not leads(log, index, size, one)
        for old in range(1, size):
            before, after = (Checkpoint("log", n, log.root(0, n)) for n in (old, size))
            for one in (log.proof(old, size)[:-1], [*log.proof(old, size), other]):
                with pytest.raises(Broken):
                    require_consistent(before, after, one, "proof")


def leads(log: StrangerLog, index: int, size: int, path: list[bytes]) -> bool:
    try:
        reached = root_by_inclusion(log.root(index, index + 1), index, size, path)
    except Broken:
        return False
    return reached == log.root(0, size)


def test_a_fork_has_no_consistency_proof(log: StrangerLog) -> None:
    fork = StrangerLog([*log.leaves[:50], b"another", *log.leaves[51:]])

    check_consistency(log.checkpoint(40), fork.consistency(40, 60), trust(log), "proof")
    with pytest.raises(Broken, match="a fork"):
        check_consistency(log.checkpoint(55), fork.consistency(55, 60), trust(log), "proof")


# -- notes ----------------------------------------------------------------------------------------


def test_a_note_counts_by_the_keys_that_are_trusted(log: StrangerLog) -> None:
    stranger = a_key("elsewhere.example", b"s")[1]
    note = log.checkpoint(9, log.cosignature(9, "witness.example", b"w"))

    assert trust(log).checkpoint(note, "note").size == 9
    assert Trust([stranger, log.key]).checkpoint(note, "note").size == 9
    with pytest.raises(Broken, match="no key that you trust"):
        Trust([stranger]).checkpoint(note, "note")


def test_a_key_of_the_same_name_with_another_id_is_another_key(log: StrangerLog) -> None:
    with pytest.raises(Broken, match="no key that you trust"):
        Trust([a_key(log.name, b"x")[1]]).checkpoint(log.checkpoint(9), "note")


def test_witnesses_are_counted_and_each_signature_of_theirs_must_hold(log: StrangerLog) -> None:
    one, two = (a_key(f"w{n}.example", b"%d" % n, kind=4)[1] for n in (1, 2))
    line = log.cosignature(9, "w1.example", b"1")
    signed, alone, of_other = (log.checkpoint(9, *extra) for extra in ([line], [], [log.cosignature(8, "w1.example", b"1")]))  # fmt: skip

    assert Trust([log.key, one], 1).checkpoint(signed, "note").size == 9
    for keys, quorum, note, why in (
        ([log.key, one], 1, alone, "0 of 1 witnesses"),
        ([log.key, one, two], 2, signed, "1 of 2 witnesses"),
        ([log.key, one], 0, of_other, "the signature of w1.example does not hold"),
        ([one], 1, signed, "the log log.example/one has not signed"),
    ):
        with pytest.raises(Broken, match=why):
            Trust(keys, quorum).checkpoint(note, "note")


def test_a_note_with_a_control_character_is_none(log: StrangerLog) -> None:
    private, key = a_key(log.name)
    for sign in ("\t", "\r", "\x00"):
        body = f"{log.body(9)}extension{sign}line\n"
        note = f"{body}\n{a_line(key, private.sign(body.encode()))}".encode()
        with pytest.raises(Broken, match="control characters"):
            trust(log).checkpoint(note, "note")
    body = f"{log.body(9)}extension line\n"
    note = f"{body}\n{a_line(key, private.sign(body.encode()))}".encode()
    assert trust(log).checkpoint(note, "note").size == 9


def test_an_older_checkpoint_of_another_log_says_nothing_of_this_one(
    log: StrangerLog, tmp_path: Path
) -> None:
    other = StrangerLog(log.leaves[:9], name="log.example/two")
    source = Folder(log.write(tmp_path, 9))

    with pytest.raises(Broken, match="of another log"):
        check_log(source, Trust([log.key, other.key]), [("old", other.checkpoint(5))])
    with pytest.raises(Broken, match="of another checkpoint"):
        check_consistency(other.checkpoint(5), log.consistency(5, 9), Trust([log.key, other.key]), "p")  # fmt: skip


@pytest.mark.parametrize("text", ["", "x", "a+b", "name+00000000+AAAA", "name+zz+AQ=="])
def test_what_is_no_key_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match="key"):
        log_verifier.Key.parse(text)


def test_every_flipped_bit_of_a_proof_is_noticed(log: StrangerLog) -> None:
    proof = log.inclusion(17, 40)
    assert check_proof(proof, trust(log), "proof")["position"] == 18
    for at in range(len(proof)):
        for bit in range(8):
            spoilt = bytearray(proof)
            spoilt[at] ^= 1 << bit
            with pytest.raises(Broken):
                check_proof(bytes(spoilt), trust(log), "proof")


def test_the_entry_may_come_beside_its_proof(log: StrangerLog) -> None:
    _, index, *rest = log.inclusion(3, 9).split(b"\n")[1:]
    bare = b"\n".join([b"c2sp.org/tlog-proof@v1", index, *rest])

    assert check_proof(bare, trust(log), "proof", log.leaves[3])["entry"]["n"] == 3
    with pytest.raises(Broken, match="does not lead"):
        check_proof(bare, trust(log), "proof", log.leaves[4])
    with pytest.raises(Broken, match="--entry"):
        check_proof(bare, trust(log), "proof")


def test_two_views_of_one_size_are_a_split_view(log: StrangerLog) -> None:
    fork = StrangerLog([b"other", *log.leaves[1:]])
    views = [(str(n), trust(log).checkpoint(one.checkpoint(9), "note")) for n, one in enumerate((log, log, fork))]  # fmt: skip

    require_one_view(views[:2])
    with pytest.raises(Broken, match="another log than in 0: a split view"):
        require_one_view(views)


# -- whole logs -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 700])
def test_a_log_in_a_folder_and_in_a_zip_file_holds(
    log: StrangerLog, tmp_path: Path, size: int
) -> None:
    folder = log.write(tmp_path / "log", size) if size else empty(log, tmp_path / "log")
    zipped = shutil.make_archive(str(tmp_path / "log"), "zip", folder)

    for source in (Folder(folder), open_source(zipped)):
        told = check_log(source, trust(log))

        assert told["size"] == size
        assert told["root"] == log.root(0, size).hex()


def empty(log: StrangerLog, folder: Path) -> Path:
    folder.mkdir()
    (folder / "checkpoint").write_bytes(log.checkpoint(0))
    return folder


def test_a_log_of_three_levels_holds(tmp_path: Path) -> None:
    deep = StrangerLog([b"%d" % n for n in range(66_000)])

    assert check_log(Folder(deep.write(tmp_path)), trust(deep))["size"] == 66_000


def test_a_tile_that_has_grown_since_the_checkpoint_will_do(
    log: StrangerLog, tmp_path: Path
) -> None:
    log.write(tmp_path, 512)
    log.write(tmp_path, 300)
    for name in ("tile/entries/001.p/44", "tile/0/001.p/44"):
        (tmp_path / name).unlink()

    assert check_log(Folder(tmp_path), trust(log))["size"] == 300


def test_any_flipped_bit_of_a_log_is_noticed_and_its_file_named(
    log: StrangerLog, tmp_path: Path
) -> None:
    folder, chance = log.write(tmp_path), random.Random(6962)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in [*files, *chance.choices(files, k=60)]:
        content = path.read_bytes()
        at, bit = chance.randrange(len(content)), chance.randrange(8)
        path.write_bytes(content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :])

        with pytest.raises(Broken) as broken:
            check_log(Folder(folder), trust(log))

        name = path.relative_to(folder).as_posix().partition(".p")[0]
        assert name.removeprefix("tile/0/") in broken.value.where
        assert broken.value.position is not None or not name.startswith(("tile/0", "tile/entries"))
        path.write_bytes(content)


def test_the_entry_that_was_changed_is_named(log: StrangerLog, tmp_path: Path) -> None:
    path = log.write(tmp_path) / "tile/entries/001"
    path.write_bytes(path.read_bytes().replace(b'"n":300,', b'"n":301,'))

    with pytest.raises(Broken) as broken:
        check_log(Folder(tmp_path), trust(log))

    assert broken.value.position == 301


@pytest.mark.parametrize(
    "change",
    [
        lambda leaves: [*leaves[:300], leaves[301], leaves[300], *leaves[302:]],
        lambda leaves: [*leaves[:300], *leaves[301:], leaves[300]],
        lambda leaves: [*leaves[:300], *leaves[299:699]],
        lambda leaves: [*leaves[:300], b"{}", *leaves[301:]],
    ],
    ids=["two in another order", "one moved to the end", "one replayed", "one replaced"],
)
def test_another_log_under_the_signed_checkpoint_is_noticed(
    log: StrangerLog, tmp_path: Path, change: Callable[[Any], list[bytes]]
) -> None:
    changed = StrangerLog(change(log.leaves))
    changed.write(tmp_path)
    (tmp_path / "checkpoint").write_bytes(log.checkpoint(700))

    with pytest.raises(Broken, match="do not add up to the signed root"):
        check_log(Folder(tmp_path), trust(log))


def test_a_log_that_was_cut_off_is_noticed(log: StrangerLog, tmp_path: Path) -> None:
    path = log.write(tmp_path) / "tile/entries/002.p/188"
    whole = path.read_bytes()

    for content, position in ((whole[:-1], 700), (whole[: len(whole) // 2], None), (b"", 513)):
        path.write_bytes(content)
        with pytest.raises(Broken, match=r"cut off|missing") as broken:
            check_log(Folder(tmp_path), trust(log))
        assert position in (None, broken.value.position)
    path.unlink()
    with pytest.raises(Broken, match="is missing"):
        check_log(Folder(tmp_path), trust(log))


def test_older_checkpoints_must_be_of_the_same_log(log: StrangerLog, tmp_path: Path) -> None:
    fork = StrangerLog([*log.leaves[:450], b"{}", *log.leaves[451:]])
    source = Folder(log.write(tmp_path, 600))
    old = [(str(n), log.checkpoint(n)) for n in (0, 1, 255, 256, 300, 512, 599, 600)]

    assert check_log(source, trust(log), old)["old"] == 8
    assert check_log(source, trust(log), [("fork", fork.checkpoint(450))])["old"] == 1
    for note, why in (
        (fork.checkpoint(451), "a fork"),
        (log.checkpoint(601), "it was cut back"),
    ):
        with pytest.raises(Broken, match=why):
            check_log(source, trust(log), [("old", note)])


def test_entries_may_be_late_but_not_from_another_day(log: StrangerLog, tmp_path: Path) -> None:
    early, late = "2025-03-10T08:00:00.000+01:00", "2025-03-10T08:59:59.000+01:00"
    much = "2025-03-11T08:00:00.000+01:00"

    for instants, position in (((late, early), None), ((early, much, late), 3), ((early, "soon"), 2)):  # fmt: skip
        made = StrangerLog([an_entry(n, at) for n, at in enumerate(instants)])
        source = Folder(made.write(tmp_path / str(position)))
        if position is None:
            assert check_log(source, trust(made))["size"] == 2
        else:
            with pytest.raises(Broken, match=r"instant|older") as broken:
                check_log(source, trust(made))
            assert broken.value.position == position


# -- manifests ------------------------------------------------------------------------------------


def a_manifest(log: StrangerLog, size: int, seed: bytes = b"k", **changes: Any) -> bytes:
    private, key = a_key(log.name, seed)
    told = {"bestand": "f_2025-03-10_000001.json", "stroom": "f", "sha256": "ab", "protocol": "001@1.0.0",
            "beslissing": "D-2", "checkpoint": log.checkpoint(size).decode()} | changes  # fmt: skip
    parts = [urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in ({"alg": "EdDSA", "kid": key.ident.hex()}, told)]  # fmt: skip
    signed = b".".join(parts)
    return signed + b"." + urlsafe_b64encode(private.sign(signed)).rstrip(b"=")


def test_manifests_of_one_log_agree_and_of_two_do_not(log: StrangerLog) -> None:
    fork = StrangerLog([b"other", *log.leaves[1:]])
    ours = [("a", a_manifest(log, 5)), ("b", a_manifest(log, 7)), ("c", a_manifest(log, 5))]

    assert check_manifests(ours, trust(log)) == {"manifests": 3, "sizes": [5, 7]}
    with pytest.raises(Broken, match="split view"):
        check_manifests([*ours, ("d", a_manifest(fork, 7))], trust(log))
    with pytest.raises(Broken, match="not signed by a key that you trust"):
        check_manifests([("e", a_manifest(log, 5, seed=b"x"))], trust(log))
    for raw in (b"", b"a.b.c", ours[0][1][:-2], b"e30.e30.e30"):
        with pytest.raises(Broken, match=r"no manifest|not signed"):
            check_manifests([("f", raw)], trust(log))


def test_the_log_must_tell_of_the_file_that_a_manifest_names(tmp_path: Path) -> None:
    entry = {"at": "2025-03-10T08:00:00+01:00", "e": "file.delivered", "file": "f_2025-03-10_000001.json",
             "flow": "f", "sha256": "ab", "protocol": "001@1.0.0"}  # fmt: skip
    made = StrangerLog([b"{}", json.dumps(entry).encode(), b"{}"])
    source = Folder(made.write(tmp_path))

    assert check_log(source, trust(made), (), [("m", a_manifest(made, 2))])["manifests"] == 1
    changes: list[dict[str, Any]] = [{"sha256": "cd"}, {"beslissing": "D-3"}, {"stroom": "g"}]
    for changed in changes:
        with pytest.raises(Broken, match="something else of this file"):
            check_log(source, trust(made), (), [("m", a_manifest(made, 2, **changed))])
    with pytest.raises(Broken, match="something else of this file"):
        check_log(source, trust(made), (), [("m", a_manifest(made, 1))])
    with pytest.raises(Broken, match="names no decision"):
        check_log(source, trust(made), (), [("m", a_manifest(made, 2, beslissing=None))])


# -- the command ----------------------------------------------------------------------------------


def test_it_runs_alone_in_an_empty_environment(log: StrangerLog, tmp_path: Path) -> None:
    """Nothing but the one file, the log's key and a log; and no library but `cryptography`."""
    alone = shutil.copy(Path(log_verifier.__file__), tmp_path / "log_verifier.py")
    log.write(tmp_path / "log", 300)
    command = [sys.executable, "-I", alone, "--key", log.vkey, "--json", "log", "log"]

    done = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, check=False)
    (tmp_path / "log/tile/0/000").write_bytes(bytes(8192))
    broken = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, check=False)

    assert (done.returncode, json.loads(done.stdout)["size"]) == (0, 300), done.stderr
    assert broken.returncode == 4
    assert json.loads(broken.stdout)["broken_at"] == 1


def test_it_imports_nothing_but_the_standard_library_and_cryptography() -> None:
    tree = ast.parse(Path(log_verifier.__file__).read_text("utf-8"))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "."]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert imported - sys.stdlib_module_names == {"cryptography"}


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["proof", "proof"], 0),
        (["consistency", "old", "later"], 0),
        (["checkpoint", "old", "old"], 0),
        (["checkpoint", "proof"], 4),
        (["consistency", "old", "proof"], 4),
        (["proof", "nowhere"], 1),
        (["log", "nowhere"], 1),
        (["log", "old"], 1),
        (["dance"], 3),
        ([], 3),
    ],
)
def test_the_exit_status_tells_what_came_of_it(
    log: StrangerLog, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], status: int,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("proof").write_bytes(log.inclusion(3, 9))
    Path("old").write_bytes(log.checkpoint(5))
    Path("later").write_bytes(log.consistency(5, 9))
    Path("key").write_text(f"# the log\n{log.vkey}\n")
    try:
        found = main(["--key", "key", *arguments])
    except SystemExit as ended:
        found = int(str(ended.code))

    assert found == status
    told = capsys.readouterr()
    assert ("holds: " in told.out) == (status == 0)
    assert ("DOES NOT HOLD" in told.err) == (status == 4)


@pytest.mark.parametrize("text", ["{key}", '{{"log_key": "{key}"}}', '{{"keys": [], "log_key": "{key}"}}'])  # fmt: skip
def test_a_key_may_come_in_a_file(log: StrangerLog, tmp_path: Path, text: str) -> None:
    path, proof = tmp_path / "key", tmp_path / "proof"
    path.write_text(text.format(key=log.vkey))
    proof.write_bytes(log.inclusion(3, 9))

    assert main(["--key", str(path), "proof", str(proof)]) == 0
    assert main(["--key", "nowhere", "proof", str(proof)]) == 1
    path.write_text("no key")
    assert main(["--key", str(path), "proof", str(proof)]) == 3


def test_a_zip_file_that_is_none_cannot_be_read(log: StrangerLog, tmp_path: Path) -> None:
    zipped = tmp_path / "log.zip"
    with zipfile.ZipFile(zipped, "w") as made:
        made.writestr("other", b"")

    assert main(["--key", log.vkey, "log", str(zipped)]) == 4
    zipped.write_bytes(b"no zip")
    assert main(["--key", log.vkey, "log", str(zipped)]) == 1
