"""Traces of a real running space, as an OpenTelemetry collector gets them: every step, and nobody's number."""

import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.canary import shows
from tests.people import KARIM, NOOR
from tests.running import CARE, FLOW, START, RunningSpace, a_batch

AHOVOKS = "ahovoks-studietoelagen"


class Collector(HTTPServer):
    """Takes what is sent over OTLP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.bodies: list[bytes] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/traces"

    def spans(self) -> list[Any]:
        found = []
        for body in self.bodies:
            sent = ExportTraceServiceRequest.FromString(body)
            for resource in sent.resource_spans:
                for scope in resource.scope_spans:
                    found += scope.spans
        return found


class _Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        is_small = self.headers.get("content-encoding") == "gzip"
        self.server.bodies.append(gzip.decompress(body) if is_small else body)  # type: ignore[attr-defined]  # a Collector
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is told."""


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        collector.shutdown()
        thread.join()
        collector.server_close()


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The spans of a refusal, a permit over each wire, a source that breaks, and a batch."""
    data = tmp_path_factory.mktemp("traced") / "space"
    with collecting() as collector:
        host = Host(Settings(data=data, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
                             traces=collector.address))  # fmt: skip
        try:
            space = RunningSpace(host, host.start())
            care = {"insz": NOOR, "referentiedatum": "2024-12-31"}
            said = {"x_correlation_id": NOOR, "traceparent": f"00-{NOOR}{'a' * 21}-{'b' * 16}-01"}
            space.post(AHOVOKS, CARE, care, **said)
            space.register(AHOVOKS, NOOR)
            space.post(AHOVOKS, CARE, care, Sim_Case=KARIM, **said)
            space.host.space.source_desk.answer = _break  # type: ignore[assignment, method-assign]  # on purpose
            space.sources.inner._answer = _break  # type: ignore[attr-defined]  # idem
            space.post(AHOVOKS, CARE, care)
            space.upload(f"{FLOW}_{START}.json", a_batch(KARIM))
        finally:
            host.stop()
        assert not any(
            shows(body.decode("latin-1")) or NOOR.encode() in body for body in collector.bodies
        )
        return collector.spans()


def _break(*_: object) -> Any:
    raise ValueError(f"nobody is {NOOR}")


def words(span: Any) -> dict[str, str]:
    return {one.key: one.value.string_value for one in span.attributes}


def steps(spans: list[Any], root: Any) -> list[str]:
    """The names of what happened inside, in order."""
    inside = [one for one in spans if one.parent_span_id == root.span_id]
    return [one.name for one in sorted(inside, key=lambda one: one.start_time_unix_nano)]


def test_a_consultation_has_a_span_for_each_step_in_words_about_nobody(traced: list[Any]) -> None:
    roots = sorted(
        (one for one in traced if one.name == "consultation"), key=lambda s: s.start_time_unix_nano
    )
    refused, registered, permitted, broken = roots

    assert words(refused) == {
        "magda.channel": "rest", "magda.party": "ahovoks", "magda.service": "GeefZorgtoeslag-02.00",
        "magda.flow": "zorgtoeslag", "magda.protocol": "004@1.0.0", "magda.outcome": "refusal",
        "magda.reason": "not-registered", "magda.decision": "D-1",
    }  # fmt: skip
    assert steps(traced, refused) == ["identify", "read", "facts", "refuse", "log"]
    assert words(registered)["magda.flow"] == "repertorium"
    assert words(permitted)["magda.outcome"] == "permit"
    assert steps(traced, permitted) == [
        "identify",
        "read",
        "facts",
        "set aside",
        "source",
        "render",
        "log",
    ]
    assert words(broken)["magda.reason"] == "internal"
    assert steps(traced, broken)[-3:] == ["source", "refuse", "log"]


def test_a_distribution_has_a_span_for_each_step(traced: list[Any]) -> None:
    (root,) = [one for one in traced if one.name == "distribution"]

    assert words(root)["magda.status"] == "verdeeld"
    assert words(root)["magda.flow"] == FLOW
    assert steps(traced, root) == ["take in", "read", "stage", "enter", "release", "close"]


def test_no_span_has_events_or_what_a_client_sent_to_be_traced_by(traced: list[Any]) -> None:
    assert not any(one.events for one in traced)
    assert all(one.trace_id.hex()[:11] != NOOR for one in traced)
    assert {one.name for one in traced if not one.parent_span_id} <= {
        "consultation",
        "distribution",
    }


def test_who_asks_for_no_traces_loads_nothing_for_them() -> None:
    code = "import sys, gateway.simulation.host; sys.exit('opentelemetry.sdk' in sys.modules)"

    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=False).returncode == 0


def test_without_the_extra_the_command_says_what_is_missing(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['opentelemetry.sdk'] = None; from gateway.cli.main import main;"
        f"sys.argv = ['magda-sim', 'up', '--data', {str(tmp_path / 's')!r}, '--http-port', '0', '--sftp-port', '0'];"
        "main()"
    )
    environment = os.environ | {
        "MAGDA_SIM_TRACES": "http://127.0.0.1:9/",
        "PYTHONWARNINGS": "ignore",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 3
    assert "magda-sim[otel]" in done.stderr
