"""docs/stock-client-day.sh: a provider's and a consumer's day with stock programs and nothing of ours in between."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "docs/stock-client-day.sh"
FLOW = "jobbonusplus-mutaties"
FILE = f"{FLOW}_2025-03-10_000001.json"


@pytest.mark.timeout(300)
@pytest.mark.needs("sftp")
@pytest.mark.needs("curl")
@pytest.mark.needs("openssl")
def test_a_provider_and_a_consumer_need_nothing_but_stock_programs(tmp_path: Path) -> None:
    sim = tmp_path / "magda-sim"
    sim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gateway "$@"\n')
    sim.chmod(0o700)

    done = subprocess.run(
        ["bash", str(SCRIPT), str(tmp_path / "space")], capture_output=True, text=True, timeout=280,
        env={**os.environ, "MAGDA_SIM": str(sim)}, check=False, cwd=SCRIPT.parents[1],
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout.splitlines()
    assert "receipt: B-1 verdeeld, 1 of 1 accepted" in said
    assert f"/uit/{FLOW}/{FILE}" in said
    assert f"/uit/{FLOW}/{FILE}.manifest.jws" in said
    assert "Signature Verified Successfully" in said
    assert "verified: 1 person, sequence 1, for infino, under 001@1.0.0 art. 5" in said
    assert "state: acknowledged" in said
    own = tmp_path / "space/drop/infino"
    assert json.loads((own / "archief" / FILE).read_text())["insz"] == ["90712301137"]
    assert list((own / "uit" / FLOW).glob("*.json")) == []
