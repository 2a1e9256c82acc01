"""Whatever is read from a consumer's folder has its entry, and only what was released there is read."""

from pathlib import Path
from typing import Any

import pytest

from consumers.wire_sftp import SftpClient
from tests.people import KARIM
from tests.running import FLOW, RunningSpace
from tests.waiting import eventually

INFINO = "infino"
OUT = f"/uit/{FLOW}"


@pytest.fixture
def space(shared_space: RunningSpace) -> RunningSpace:
    """The default space of one process, fresh, in which karim's mutation waits for a payer."""
    shared_space.begin_anew()
    shared_space.register(INFINO, KARIM)
    shared_space.control("POST", "/clock/advance", {"days": 1})
    return shared_space


def entered(space: RunningSpace) -> list[dict[str, Any]]:
    space.space.settle()
    return [one for one in space.leaves() if one.get("credential") == INFINO]


def folder(space: RunningSpace) -> Path:
    return Path(space.ready["data"]) / "drop" / INFINO / "uit" / FLOW


@pytest.mark.parametrize(
    "name",
    [f"{FLOW}_2025-03-09_000009.json", f"{FLOW}_2025-03-10_000001.json.old.json", "evil.json",
     f"{FLOW}_2025-03-09_000009.json.manifest.jws"],
)  # fmt: skip
def test_a_file_that_was_never_released_is_not_read(space: RunningSpace, name: str) -> None:
    (folder(space) / name).write_text(f'{{"insz":["{KARIM}"]}}', "utf-8")

    with space.sftp(INFINO) as payer, pytest.raises(OSError, match=r"released|gives|denied"):
        payer.read(f"{OUT}/{name}")

    eventually(lambda: entered(space)[-1]["e"] == "file.read-refused")
    last = entered(space)[-1]
    assert (last["e"], last["outcome"]) == ("file.read-refused", "refusal")


def whole(payer: SftpClient, name: str) -> Any:
    """A file that was read to its end and is still open."""
    opened = payer._sftp.open(f"{OUT}/{name}", "rb")
    assert KARIM.encode() in opened.read()
    return opened


def test_a_file_that_goes_while_it_is_read_is_entered_as_read(space: RunningSpace) -> None:
    (name,) = (path.name for path in folder(space).glob("*.json"))
    closing = space.space.gateway.files.closing

    with space.sftp(INFINO) as payer:
        opened = whole(payer, name)
        assert closing.withdraw(INFINO, name)
        opened.close()

    eventually(lambda: entered(space)[-1]["e"] == "drop.sent")

    gone, sent = entered(space)[-2:]
    assert (gone["e"], sent["outcome"], sent["file"]) == ("file.withdrawn", "complete", name)
