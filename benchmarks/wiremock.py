"""WireMock as a peer: it checks no law and keeps no log, but it answers what matches.

`WIREMOCK_JAR` names `wiremock-standalone-3.13.2.jar`, from Maven Central
(`mvn dependency:copy -Dartifact=org.wiremock:wiremock-standalone:3.13.2 -DoutputDirectory=.`).
"""

import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from harness import NOOR

JAR = os.environ.get("WIREMOCK_JAR")
ANSWER = {"referte": "r", "insz": NOOR, "erkenningen": [{"pijler1": 4}], "achtergehouden": [{"veld": "x", "artikel": "art. 3"}] * 8}  # fmt: skip


class WireMock:
    """A JSON match at `/json` and an XPath match at `/xml`, without its journal."""

    def __init__(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.folder = tempfile.TemporaryDirectory(prefix="bench-")
        mappings = Path(self.folder.name) / "mappings"
        mappings.mkdir()
        (mappings / "json.json").write_text(json.dumps(self._stub("/json", "application/json", json.dumps(ANSWER), {
            "matchesJsonPath": {"expression": "$.insz", "equalTo": NOOR}})))  # fmt: skip
        (mappings / "xml.json").write_text(json.dumps(self._stub("/xml", "text/xml", "<a>" + "x" * 2000 + "</a>", {
            "matchesXPath": {"expression": "//INSZ/text()", "equalTo": NOOR}})))  # fmt: skip
        command = ["java", "-jar", JAR, "--port", str(port), "--bind-address", "127.0.0.1", "--no-request-journal",
                   "--disable-banner", "--root-dir", self.folder.name]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while not self._answers():
            time.sleep(0.2)

    def _stub(self, path, kind, body, pattern):
        return {
            "request": {"method": "POST", "urlPath": path, "bodyPatterns": [pattern],
                        "headers": {"Authorization": {"contains": "Bearer"}}},
            "response": {"status": 200, "body": body, "headers": {"Content-Type": kind}},
        }  # fmt: skip

    def _answers(self):
        try:
            return urllib.request.urlopen(f"{self.url}/__admin/mappings").status == 200
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()
