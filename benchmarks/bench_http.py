"""Consultations over REST and SOAP, whole and with a durable log, beside a bare FastAPI endpoint and WireMock.

CPU is that of all processes of a server: the sequencer's is counted with its gateway's.
"""

import os
import sys
from datetime import UTC, datetime

from harness import NOOR, Bare, Up, cpu_of, spread, wrk
from wiremock import JAR, WireMock

FLOOR = "bare FastAPI"
WARM_UPS = 3


def soap_body(unit):
    from consumers.errand import NO_ERRAND, Sender
    from consumers.soap_envelope import envelope
    from consumers.wire_soap import CARE_ALLOWANCE

    sender = Sender(unit["uri"], unit["hoedanigheid"])
    wanted = {"StatusAanvraag": "0", "Erkenningen": "1"}
    criteria = {"INSZ": NOOR, "Referentiedatum": "2024-12-31", "GewensteInformatie": wanted}
    content = {"Criteria": criteria, "Taal": "nl"}
    at = datetime(2025, 3, 10, 7, tzinfo=UTC)
    return envelope(CARE_ALLOWANCE, sender, NO_ERRAND, "r-1", at, content).decode()


def variants_of(up, name):
    """Both wires of one gateway."""
    ask = f'{{"insz":"{NOOR}","referentiedatum":"2024-12-31"}}'
    bearer = {"Authorization": f"Bearer {up.unit['token']}"}
    rest = up.ready["http"] + "/v1/gezin/zorgtoeslag/bevraging"
    return {
        f"REST, log {name}": (up.process, rest, ask, bearer),
        f"SOAP, log {name}": (up.process, up.ready["http"] + "/soap", soap_body(up.unit), bearer),
    }


def peers_of(peer, up):
    """The same questions to WireMock."""
    (_, _, ask, bearer), (_, _, message, _) = variants_of(up, "").values()
    return {
        "WireMock, JSON": (peer.process, peer.url + "/json", ask, bearer),
        "WireMock, XPath": (peer.process, peer.url + "/xml", message, bearer),
    }


def main(rounds=5):
    bare = Bare()
    ups = {name: Up(MAGDA_SIM_LOG=name) for name in ("inline", "sequencer")}
    peer = WireMock() if JAR else None
    ask = f'{{"insz":"{NOOR}","referentiedatum":"2024-12-31"}}'
    variants = {FLOOR: (bare.process, bare.url, ask, {"Content-Type": "application/json"})}
    for name, up in ups.items():
        variants |= variants_of(up, name)
    variants |= peers_of(peer, ups["inline"]) if peer else {}
    try:
        for connections in (16, 64):
            print(
                f"{connections} connections, {rounds} interleaved rounds of 2 s; load {os.getloadavg()[0]:.0f}"
            )
            report(measure(variants, connections, rounds))
    finally:
        for server in (bare, peer, *ups.values()):
            if server is not None:
                server.stop()


def measure(variants, connections, rounds):
    """Rate, p50, p99 and CPU of each variant, round by round; the first rounds only warm up."""
    measured = {name: [] for name in variants}
    for turn in range(-WARM_UPS, rounds):
        for name, (process, url, body, headers) in variants.items():
            before = cpu_of(process)
            rate, p50, p99, failed = wrk(url, body, headers, connections, 2)
            assert failed == 0, name
            cpu = (cpu_of(process) - before) / (rate * 2) * 1e6
            if turn >= 0:
                measured[name].append((rate, p50, p99, cpu))
    return measured


def report(measured):
    floor = measured[FLOOR]
    for name, rows in measured.items():
        ratio = [r[0] / b[0] for r, b in zip(rows, floor, strict=True)]
        in_cpu = [b[3] / r[3] for r, b in zip(rows, floor, strict=True)]
        rate, p50, p99, cpu = (sorted(column)[len(rows) // 2] for column in zip(*rows, strict=True))
        print(
            f"  {name:<20} {rate:8.0f}/s  x bare {spread(ratio)}  in CPU {spread(in_cpu)}"
            f"  p50 {p50:.1f} p99 {p99:.1f} ms  {cpu:.0f} us CPU"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
