"""Names and paths that no door of the drop server may let through, and things that are no plain files."""

import os
import socket
import stat
from pathlib import Path

from tests.drop import FLOW

NAMES = (
    b"a\nb.json", b"a\rb.json", b"\x1b[2Jx.json", b"a\x00b.json", b"a\x7fb.json", b"\xff\xfe.json",
    b"a b.json", b"a.json ", b"a.json.", b"-rf.json", b"..json", b"...", b"..\\..\\x.json", b"C:x.json", b"a*b.json",
    b"a;b.json", b"$(id).json", b"'a'.json", b'"a".json', b"a|b.json", b"%2e%2e.json", b"~root.json",
    "a\u202egpj.json".encode(), "zo\u00eb.json".encode(), "zoe\u0308.json".encode(),
    b"x" * 300 + b".json", b"x" * 129 + b".json", b".", b"..", b"", b"CON.json\x00",
)  # fmt: skip
PATHS = (
    b"../../../../etc/passwd", b"/../../etc/passwd", b"/etc/passwd", b"//etc//passwd", b"/proc/self/environ",
    b"/in/../../../etc/passwd", b"/uit/" + b"../" * 40 + b"etc/passwd", b"/.staging/1-1-1", b"/.staging", b"/in",
    b"/" + b"d/" * 2_500 + b"x", b"/uit/" + FLOW.encode() + b"/.././.././../etc/shadow", b"/dev/zero", b"",
    b"/wewis/in/x.json", b"/infino/uit/x.json", b"/../infino/uit/x.json",
)  # fmt: skip


def everything(folder: Path) -> set[str]:
    """Every path below a folder."""
    return {str(one.relative_to(folder)) for one in folder.rglob("*")}


def plant(out: Path, outside: Path) -> dict[str, Path]:
    """Everything that is no plain file, under names of plain files."""
    secret = outside / "secret.json"
    secret.write_text("secret")
    (out / "soft.json").symlink_to(secret)
    (out / "hard.json").hardlink_to(secret)
    os.mkfifo(out / "pipe.json")
    door = socket.socket(socket.AF_UNIX)
    os.chdir(out)
    door.bind("door.json")
    door.close()
    os.chdir(outside)
    if os.getuid() == 0:
        os.mknod(out / "device.json", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    (out / "folder.json").mkdir()
    return {one.name: one for one in out.iterdir()}
