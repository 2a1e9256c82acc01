"""Consultations over REST and SOAP, whole and with a durable log, beside a bare FastAPI endpoint."""

import sys
from datetime import UTC, datetime

from harness import NOOR, Bare, Up, cpu_of, spread, wrk


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


def main(rounds=5):
    bare, up = Bare(), Up()
    ask = f'{{"insz":"{NOOR}","referentiedatum":"2024-12-31"}}'
    bearer = {"Authorization": f"Bearer {up.unit['token']}"}
    variants = {
        "bare FastAPI": (bare.process, bare.url, ask, {"Content-Type": "application/json"}),
        "REST": (up.process, up.ready["http"] + "/v1/gezin/zorgtoeslag/bevraging", ask, bearer),
        "SOAP": (up.process, up.ready["http"] + "/soap", soap_body(up.unit), bearer),
    }
    try:
        for connections in (16, 64):
            measured = {name: [] for name in variants}
            for turn in range(rounds + 1):
                for name, (process, url, body, headers) in variants.items():
                    before = cpu_of(process)
                    rate, p50, p99, failed = wrk(url, body, headers, connections, 2)
                    assert failed == 0, name
                    cpu = (cpu_of(process) - before) / (rate * 2) * 1e6
                    if turn:
                        measured[name].append((rate, p50, p99, cpu))
            print(f"{connections} connections, {rounds} interleaved rounds of 2 s")
            for name, rows in measured.items():
                ratio = [r[0] / b[0] for r, b in zip(rows, measured["bare FastAPI"], strict=True)]
                rate, p50, p99, cpu = (
                    sorted(column)[len(rows) // 2] for column in zip(*rows, strict=True)
                )
                print(
                    f"  {name:<13} {rate:8.0f}/s  x bare {spread(ratio)}  p50 {p50:.1f} p99 {p99:.1f} ms  {cpu:.0f} us CPU"
                )
    finally:
        bare.stop()
        up.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
