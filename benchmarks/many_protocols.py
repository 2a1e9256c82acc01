"""As many protocol documents as asked: varied copies of the shipped five, each between parties of its own."""

import re
import sys
from pathlib import Path

from harness import ROOT

SHIPPED = sorted((ROOT / "gateway/protocols").glob("*.yaml"))
RECEIVER = re.compile(r"^  - \{id: ([\w-]+), role: (?:consumer|onward-recipient)", re.MULTILINE)


def document(number):
    """File name and text. Flows keep their names, so that thousands open the same one."""
    path = SHIPPED[number % len(SHIPPED)]
    text = path.read_text("utf-8")
    for party in set(RECEIVER.findall(text)):
        text = re.sub(rf"(?<![\w-]){party}(?![\w-])", f"{party}-{number:05d}", text)
    text = re.sub(r'^id: "\d+"', f'id: "{number:05d}"', text, flags=re.MULTILINE)
    text = re.sub(r"^name: (.*)", rf"name: \1-{number:05d}", text, flags=re.MULTILINE)
    text = re.sub(r"period: P(\d+)Y", f"period: P{1 + number % 30}Y", text)
    return f"{path.stem}-{number:05d}.yaml", text


def write(folder, count):
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        name, text = document(number)
        (folder / name).write_text(text, "utf-8")
    return folder


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
