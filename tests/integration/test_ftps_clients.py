"""What stock clients do at the FTPS door: curl, lftp and Python's ftplib."""

import ftplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from sftp_drop.limits import Limits
from tests.ftps import IN, OUT, FtpsDrop, get, put

CONTENT = bytes(range(256)) * 2_000
UPLOAD = b'{"schema":"x"}'


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[FtpsDrop]:
    """A server whose owner takes finished uploads away at once, as the gateway does."""
    running = FtpsDrop(tmp_path, Limits())
    running.desk.takes_away = True
    running.place("f_1.json", CONTENT)
    yield running
    running.stop()


def handled(drop: FtpsDrop, name: str) -> bytes:
    """An upload that its owner took away."""
    return (drop.root / IN[1:] / "verwerkt" / name).read_bytes()


@pytest.mark.needs("curl")
def test_curl_sends_directly_and_by_another_name(drop: FtpsDrop) -> None:
    (drop.folder / "up.json").write_bytes(UPLOAD)

    direct = drop.curl("-T", "up.json", drop.url(f"{IN}/a.json"))
    renamed = drop.curl(
        "-T", "up.json", drop.url(f"{IN}/b.json.part"),
        "-Q", f"-RNFR {IN}/b.json.part", "-Q", f"-RNTO {IN}/b.json",
    )  # fmt: skip

    assert (direct.returncode, renamed.returncode) == (0, 0), direct.stderr + renamed.stderr
    assert drop.desk.uploads == ["a.json", "b.json"]
    assert handled(drop, "a.json") == handled(drop, "b.json") == UPLOAD


@pytest.mark.needs("curl")
def test_curl_lists_collects_and_acknowledges(drop: FtpsDrop) -> None:
    (drop.folder / "rest.json").write_bytes(CONTENT[:100_000])

    listed = drop.curl(drop.url(f"{OUT}/"), "--list-only")
    whole = drop.curl("-o", "whole.json", drop.url(f"{OUT}/f_1.json"))
    rest = drop.curl(
        "-C", "-", "-o", "rest.json", drop.url(f"{OUT}/f_1.json"),
        "-Q", f"-RNFR {OUT}/f_1.json", "-Q", "-RNTO /archief/f_1.json",
    )  # fmt: skip

    assert (listed.returncode, listed.stdout.split()) == (0, ["f_1.json"]), listed.stderr
    assert (whole.returncode, rest.returncode) == (0, 0), whole.stderr + rest.stderr
    assert (drop.folder / "whole.json").read_bytes() == CONTENT
    assert (drop.folder / "rest.json").read_bytes() == CONTENT
    assert drop.desk.archived == ["f_1.json"]


@pytest.mark.needs("curl")
def test_curl_goes_on_with_an_upload(drop: FtpsDrop) -> None:
    (drop.folder / "up.json").write_bytes(CONTENT)
    put(drop.client(), f"{IN}/a.json.part", CONTENT[:200_000])

    done = drop.curl("-C", "-", "-T", "up.json", drop.url(f"{IN}/a.json.part"))

    assert done.returncode == 0, done.stderr
    assert (drop.root / IN[1:] / "a.json.part").read_bytes() == CONTENT


@pytest.mark.needs("curl")
def test_curl_is_told_what_is_missing(drop: FtpsDrop) -> None:
    plain = drop.run("curl", "-sS", "-v", "-u", "wewis:x", "--max-time", "20", drop.url("/"))
    unshown = drop.run(
        "curl", "-sS", "-v", "--ssl-reqd", "--cacert", drop.ca, "-u", "wewis:x", "--max-time", "20",
        drop.url("/"),
    )  # fmt: skip

    assert plain.returncode == unshown.returncode == 67
    assert "530 say AUTH TLS before you say who you are" in plain.stderr
    assert "PASS" not in plain.stderr
    assert "530 show the unit's certificate in the TLS handshake" in unshown.stderr


@pytest.mark.needs("lftp")
def test_lftp_lists_mirrors_and_acknowledges(drop: FtpsDrop) -> None:
    (drop.folder / "f_1.json").write_bytes(CONTENT[:100_000])

    done = drop.lftp(
        "cls -l /", f"cls -1 {OUT}", "find /", f"get -c {OUT}/f_1.json", "mirror --verbose /uit got",
        f"mv {OUT}/f_1.json /archief/f_1.json", "mirror /archief kept",
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert f"{OUT}/f_1.json" in done.stdout
    for path in ("f_1.json", "got/jobbonusplus-mutaties/f_1.json", "kept/f_1.json"):
        assert (drop.folder / path).read_bytes() == CONTENT, path
    assert drop.desk.archived == ["f_1.json"]


@pytest.mark.needs("lftp")
def test_lftp_uploads_directly_by_another_name_and_the_rest(drop: FtpsDrop) -> None:
    (drop.folder / "x.json").write_bytes(UPLOAD)
    (drop.folder / "long.json").write_bytes(CONTENT)
    put(drop.client(), f"{IN}/long.json.part", CONTENT[:200_000])

    done = drop.lftp(
        f"cd {IN}", "put x.json", "put x.json -o y.json.part", "mv y.json.part y.json",
        "put -c long.json -o long.json.part", "mv long.json.part long.json",
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert drop.desk.uploads == ["x.json", "y.json", "long.json"]
    assert handled(drop, "long.json") == CONTENT


@pytest.mark.needs("lftp")
def test_ftplib_from_a_folder_of_its_own(drop: FtpsDrop) -> None:
    client = drop.client()
    client.cwd(OUT)
    assert client.pwd() == OUT
    assert client.nlst() == ["f_1.json"]
    assert get(client, "f_1.json") == CONTENT
    client.cwd("..")
    assert client.nlst() == ["jobbonusplus-mutaties"]
    assert "226" in client.retrlines("LIST", lambda _: None)
    assert client.sendcmd("SYST").startswith("215")
    assert "MLST type*;size*;modify*;" in client.sendcmd("FEAT")
    assert client.quit().startswith("221")
    with pytest.raises((EOFError, OSError, ftplib.Error, AttributeError)):
        client.voidcmd("NOOP")
