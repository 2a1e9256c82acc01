"""Signed SOAP consultations beside unsigned ones and a bare FastAPI endpoint, and what the parts of it cost.

The same signed message is sent again and again: it has no Timestamp, as from the real platform's clients, so
it may. Nothing remembers a verified signature; only the parsed certificate is kept.
"""

import statistics
import sys
import time
from datetime import UTC, datetime, timedelta

from bench_http import soap_body
from harness import Bare, Up, cpu_of, spread, wrk


def issued(up, **order):
    import json
    import urllib.request

    body = {"credential": "ahovoks-studietoelagen", **order}
    request = urllib.request.Request(
        up.ready["control"] + "/keys", data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {up.ready['control_token']}", "Content-Type": "application/json"},
    )  # fmt: skip
    return json.loads(urllib.request.urlopen(request).read())


def messages(up):
    from tests.signing import CONNECTOR, sign, signatory_of

    plain = soap_body(up.unit).encode()
    rsa = issued(up, key="rsa", sha1=True)
    keys = {
        "P-256": (up.unit["certificate"], up.unit["private_key"]),
        "RSA": (rsa["certificate"], rsa["private_key"]),
    }
    people = {name: signatory_of(*files, up.ready["ca"]) for name, files in keys.items()}
    return {
        "SOAP, token": plain,
        "SOAP signed, ECDSA": sign(plain, people["P-256"]),
        "SOAP signed, RSA": sign(plain, people["RSA"]),
        "SOAP signed, connector": sign(plain, people["RSA"], CONNECTOR),
    }


def consultations(rounds, seconds=2):
    bare, up, curve = Bare(), Up(), Up(MAGDA_SIM_ANSWER_KEY="p256")
    ask = '{"insz":"12631400209","referentiedatum":"2024-12-31"}'
    variants = {"bare FastAPI": (bare.process, bare.url, ask, {"Content-Type": "application/json"})}
    for name, body in messages(up).items():
        headers = {"Content-Type": "text/xml; charset=utf-8"}
        if "token" in name:
            headers["Authorization"] = f"Bearer {up.unit['token']}"
        variants[name] = (up.process, up.ready["http"] + "/soap", body.decode(), headers)
    name = "SOAP signed, RSA"
    body, headers = messages(curve)[name].decode(), variants[name][3]
    variants["same, P-256 answer"] = (curve.process, curve.ready["http"] + "/soap", body, headers)
    try:
        for connections in (16, 64):
            measured = {name: [] for name in variants}
            for turn in range(rounds + 1):
                for name, (process, url, body, headers) in variants.items():
                    before = cpu_of(process)
                    rate, p50, p99, failed = wrk(url, body, headers, connections, seconds)
                    assert failed == 0, name
                    cpu = (cpu_of(process) - before) / (rate * seconds) * 1e6
                    if turn:
                        measured[name].append((rate, p50, p99, cpu))
            print(f"{connections} connections, {rounds} interleaved rounds of {seconds} s")
            floor = measured["bare FastAPI"]
            for name, rows in measured.items():
                ratio = [a[0] / b[0] for a, b in zip(rows, floor, strict=True)]
                costs = [b[3] / a[3] for a, b in zip(rows, floor, strict=True)]
                rate, p50, p99, cpu = (sorted(c)[len(rows) // 2] for c in zip(*rows, strict=True))
                print(f"  {name:<23} {rate:6.0f}/s  x bare {spread(ratio)}  in CPU {spread(costs)}  p50 {p50:.1f} p99 {p99:.1f} ms  {cpu:.0f} us CPU")  # fmt: skip
    finally:
        for one in (bare, up, curve):
            one.stop()


def timed(act, rounds=9, times=300):
    """CPU us of one act: median and range over rounds."""
    costs = []
    for _ in range(rounds):
        before = time.process_time()
        for _ in range(times):
            act()
        costs.append((time.process_time() - before) / times * 1e6)
    return f"{statistics.median(costs):.0f} ({min(costs):.0f}-{max(costs):.0f})"


def parts():
    from gateway.adapters.clock import WallClock
    from gateway.adapters.credentials import CredentialDirectory
    from gateway.adapters.ids import SeededSecrets
    from gateway.domain.request import Caller, Message, Proof, ProofKind
    from gateway.simulation.answer_keys import AnswerKeys
    from gateway.simulation.authority import TestAuthority
    from gateway.simulation.keyring import Keyring
    from gateway.web.soap.envelope import enveloped
    from gateway.web.soap.wss.freshness import Freshness
    from gateway.web.soap.wss.messages import SignedMessages
    from gateway.web.soap.wss.opened import AnswerStyle
    from gateway.web.soap.wss.seal import Seal
    from gateway.web.soap.wss.verifier import SignatureVerifier
    from tests.signing import CONNECTOR, DOTNET, Style, sign, stranger

    def now():
        return datetime.now(UTC)

    lifetime = timedelta(seconds=300)
    people = {"ECDSA": stranger("ec"), "RSA": stranger("rsa", rsa=2048)}
    directory = CredentialDirectory(WallClock(), WallClock())
    for who in people.values():
        for kind in (ProofKind.SIGNATURE, ProofKind.SHA1_SIGNATURE):
            caller = Caller(key="k", party="p", unit="u", uri="u", hoedanigheid="h")
            directory.register(Proof(kind, who.der), caller)
    keys = AnswerKeys(TestAuthority(Keyring(SeededSecrets(b"bench")), "bench"))
    seal = Seal(keys.signer, now, lifetime)
    signed = SignedMessages(SignatureVerifier(directory, Freshness(now, lifetime)), seal, 1 << 20)
    plain = soap_body({"uri": "onderwijs.vlaanderen.be/x-aip", "hoedanigheid": "x"}).encode()
    asked = {"unsigned": plain}
    for name, who in people.items():
        asked[f"signed, {name}-SHA256, X509v3"] = sign(plain, who, Style())
    asked["signed, connector's style"] = sign(plain, people["RSA"], CONNECTOR)
    asked["signed, .NET's style"] = sign(plain, people["RSA"], DOTNET)
    print("CPU us, one at a time")
    for name, body in asked.items():
        message = Message(body=body, headers={}, proof=None)
        opened = signed.open(message)
        assert name == "unsigned" or not opened.proof.defect, opened.proof.defect
        print(f"  open: {name:<32} {timed(lambda m=message: signed.open(m))}")
    answer = enveloped('<m:A xmlns:m="urn:m">' + "<B>tekst</B>" * 170 + "</m:A>").encode()
    for name, is_rsa in (("ECDSA", False), ("RSA", True)):
        style = AnswerStyle(is_rsa=is_rsa, is_path=False, is_timed=False)
        print(f"  seal: {name:<32} {timed(lambda s=style: seal.sealed(answer, s))}")
    others(plain, people["RSA"])


def others(plain, who):
    """The same message verified by xmlsec and by signxml, parse included."""
    import xmlsec
    from lxml import etree
    from signxml import SignatureConfiguration, XMLVerifier

    from tests.signing import WSU, sign

    body = sign(plain, who)
    key = xmlsec.Key.from_memory(who.pem, xmlsec.KeyFormat.CERT_PEM)
    wanted = SignatureConfiguration(require_x509=False, ignore_ambiguous_key_info=True)

    def by_xmlsec():
        root = etree.fromstring(body)
        context = xmlsec.SignatureContext()
        context.key = key
        context.register_id(root[1], "Id", WSU)
        context.verify(next(root.iter("{http://www.w3.org/2000/09/xmldsig#}Signature")))

    def by_signxml():
        XMLVerifier().verify(etree.fromstring(body), x509_cert=who.chain[0], id_attribute="Id",
                             validate_schema=False, expect_config=wanted)  # fmt: skip

    print(f"  beside it: xmlsec, RSA-SHA256            {timed(by_xmlsec)}")
    print(f"  beside it: signxml, RSA-SHA256           {timed(by_signxml, times=60)}")


if __name__ == "__main__":
    parts()
    consultations(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
