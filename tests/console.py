"""Runs the console blocks of a page as a reader types them, and holds what comes beside what the page says.

In what is expected `…` stands for anything in a line, and a line of `…` alone for any lines.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ANYTHING = "…"
_DONE = "== that was it, status"


@dataclass(frozen=True)
class Typed:
    """A command of a page with what it prints, and the line of the page on which it stands."""

    command: str
    expected: str
    line: int


def commands(page: str) -> Iterator[Typed]:
    """Every command of the page's console blocks, in order. A line that begins with `> ` goes on with one."""
    for block in _BLOCK.finditer(page):
        first = page.count("\n", 0, block.start(1)) + 1
        lines = block[1].splitlines()
        starts = [n for n, line in enumerate(lines) if line.startswith("$ ")]
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            rest = lines[start + 1 : end]
            more = next((n for n, one in enumerate(rest) if not one.startswith("> ")), len(rest))
            typed = [lines[start], *rest[:more]]
            command = "\n".join(line[2:] for line in typed)
            yield Typed(command, "\n".join(rest[more:]).strip("\n"), first + start)


def fits(said: str, expected: str) -> bool:
    """Whether something printed is what a page says, blank lines at the ends aside."""
    lines = [
        r"(?:[^\n]*\n)*" if line.strip() == _ANYTHING else rf"{_line(line)}\n"
        for line in expected.splitlines()
    ]
    text = "".join(f"{line}\n" for line in said.strip("\n").splitlines())
    return re.fullmatch("".join(lines), text) is not None


def _line(line: str) -> str:
    return r"[^\n]*".join(map(re.escape, line.split(_ANYTHING)))


class Shell:
    """One bash for a whole page, so that variables stay. `aliases` are texts of the page as they are here."""

    def __init__(self, folder: Path, path: Path, aliases: dict[str, str]) -> None:
        self._aliases = aliases
        environment = {
            "PATH": f"{path}:{os.environ['PATH']}", "HOME": str(folder), "LC_ALL": "C.UTF-8",
            "COLUMNS": "120", "NO_COLOR": "1",
        }  # fmt: skip
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"], cwd=folder, env=environment, text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, command: str) -> str:
        """What a command prints, on both of its outputs, in the words of the page."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        for told, here in self._aliases.items():
            command = command.replace(told, here)
        self._process.stdin.write(f'{{ {command}\n}} < /dev/null; echo; echo "{_DONE} $?"\n')
        said: list[str] = []
        for line in self._process.stdout:
            if line.startswith(_DONE):
                break
            said.append(line)
        text = "".join(said)
        for told, here in self._aliases.items():
            text = text.replace(here, told)
        return text.strip("\n")

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()
