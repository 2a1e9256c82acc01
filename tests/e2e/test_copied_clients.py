"""The clients copied out of here, as an agency would: they run with `gateway.contracts` and nothing else."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.running import RunningSpace

ROOT = Path(__file__).parents[2]
AGENCY = """
import json, sys
from datetime import date
from pathlib import Path

import gateway
from consumers.agencies.ahovoks import SCHEMA, StudyGrants
from consumers.agencies.store import Store
from consumers.agencies.study_grant import StudyYear
from consumers import collector, wire_signature
from consumers.answers import Answered
from consumers.credentials import Bearer
from consumers.wire_http import HttpWire
from consumers.wire_rest import RestClient
from consumers.wire_soap import SoapClient

base, token = sys.argv[1:]
with RestClient(HttpWire(base, Bearer(token))) as ahovoks:
    ahovoks.register("12631400209", date(2025, 3, 10))
    answer = ahovoks.care_allowance("12631400209", date(2024, 12, 31))
    told = [one.pillar1 for one in answer.content.recognitions] if isinstance(answer, Answered) else str(answer)
modules = sorted(name for name in sys.modules if name.startswith("gateway."))
print(json.dumps({"told": told, "from": gateway.__path__[0], "modules": modules}))
"""


def test_what_the_documentation_says_to_copy_is_all_that_is_needed(
    shared_space: RunningSpace, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "consumers", tmp_path / "consumers")
    shutil.copytree(ROOT / "gateway/contracts", tmp_path / "gateway/contracts")
    (tmp_path / "gateway/__init__.py").touch()
    token = shared_space.credential("ahovoks-studietoelagen")["token"]

    done = subprocess.run(
        [sys.executable, "-c", AGENCY, shared_space.http, token],
        capture_output=True, text=True, cwd=tmp_path, check=False, timeout=60,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["told"] == [4]
    assert told["from"] == str(tmp_path / "gateway")
    assert told["modules"]
    assert all(name.startswith("gateway.contracts") for name in told["modules"])
