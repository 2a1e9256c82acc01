"""Signatures on SOAP messages: every style of real clients holds, and nothing else does."""

from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP224R1, SECP256K1, SECP384R1
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from gateway.adapters.clock import SpaceClock
from gateway.adapters.credentials import CredentialDirectory
from gateway.contracts.faults import RefusedFault
from gateway.domain.request import Caller, Message, Proof, ProofKind
from gateway.web.soap.wss.flaw import SignatureFlaw
from gateway.web.soap.wss.freshness import Freshness
from gateway.web.soap.wss.messages import SignedMessages
from gateway.web.soap.wss.opened import AnswerStyle
from gateway.web.soap.wss.seal import Seal
from gateway.web.soap.wss.verifier import SignatureVerifier, Verified
from gateway.web.soap.xml import SafeXml
from tests.signing import (
    CONNECTOR,
    DIGEST_SHA1,
    DOTNET,
    DS,
    ECDSA_SHA256,
    EXC,
    INC,
    PARSER,
    RSA_SHA1,
    RSA_SHA256,
    RUBY,
    Signatory,
    Style,
    found,
    issued_by,
    key_info,
    pki_path,
    q,
    resign,
    sign,
    signed,
    stranger,
    text,
)
from tests.wrapping import ATTACKS

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
LIFETIME = timedelta(seconds=300)
CURVE = issued_by(issued_by(stranger("wortel"), "midden"), "ondertekenaar")
RSA = issued_by(stranger("wortel"), "rsa", stranger("x", rsa=2048).key)
WHO = {"ec": CURVE, "rsa": RSA}
CALLER = Caller(key="infino", party="infino", unit="infino", uri="u", hoedanigheid="h")
ENVELOPE = b"""<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:web="urn:dienst"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Header/>
 <soapenv:Body><web:Geef><Verzoek><INSZ>12631400209</INSZ><!-- niet --><Tekst a="1" b="2">een &amp; <![CDATA[<twee>]]>
&#233;&#13;</Tekst><Leeg/></Verzoek></web:Geef></soapenv:Body></soapenv:Envelope>"""
DEFAULTED = b"""<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/" xmlns:d="urn:dienst"><Header/><Body>
<d:Geef><Verzoek xmlns=""><INSZ>12631400209</INSZ></Verzoek></d:Geef></Body></Envelope>"""


def directory(*known: Signatory, weakly: Sequence[Signatory] = ()) -> CredentialDirectory:
    made = CredentialDirectory(SpaceClock(NOW), SpaceClock(NOW))
    for kind, people in ((ProofKind.SIGNATURE, known), (ProofKind.SHA1_SIGNATURE, weakly)):
        for who in people:
            for value in (who.der, spki(who)):
                made.register(Proof(kind, value), CALLER)
    return made


def spki(who: Signatory) -> bytes:
    key = who.key.public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def verifier(*known: Signatory, weakly: Sequence[Signatory] = ()) -> SignatureVerifier:
    people = directory(*(known or (CURVE, RSA)), weakly=weakly)
    return SignatureVerifier(people, Freshness(lambda: NOW, LIFETIME))


def judged(message: bytes, by: SignatureVerifier | None = None) -> Verified | str:
    """What the gateway makes of a message: verified, or why not."""
    try:
        outcome = (by or verifier()).verify(SafeXml().parse(message))
    except SignatureFlaw as flaw:
        return str(flaw)
    assert outcome is not None
    return outcome.proof.defect or outcome


def holds(message: bytes, by: SignatureVerifier | None = None) -> bool:
    return isinstance(judged(message, by), Verified)


@pytest.mark.parametrize("envelope", [ENVELOPE, DEFAULTED], ids=["prefixed", "default namespace"])
@pytest.mark.parametrize("kind", ["ec", "rsa"])
@pytest.mark.parametrize(
    "token", ["x509v3", "pkipath", "keyvalue", "x509data", "both", "referred x509data", "key identifier"]
)  # fmt: skip
@pytest.mark.parametrize("c14n", [EXC, INC], ids=["exclusive", "inclusive"])
def test_every_token_and_canonicalisation_holds(
    envelope: bytes, kind: str, token: str, c14n: str
) -> None:
    who = WHO[kind]

    outcome = judged(sign(envelope, who, Style(token=token, c14n=c14n, body_c14n=c14n)))

    assert isinstance(outcome, Verified), outcome
    wanted = spki(who) if token == "keyvalue" else who.der
    assert (outcome.proof.kind, outcome.proof.value) == (ProofKind.SIGNATURE, wanted)
    assert outcome.style == AnswerStyle(
        is_rsa=kind == "rsa", is_path=token == "pkipath", is_timed=False
    )


@pytest.mark.parametrize(
    "style",
    [
        DOTNET,
        Style(body_c14n=None),
        Style(body_c14n=None, enveloped=True),
        Style(enveloped=True),
        Style(prefixes="soapenv web xsi", body_prefixes="web"),
        Style(prefixes="#default soapenv", body_prefixes="#default xsi"),
        Style(prefixes="", body_prefixes="ontbreekt"),
        Style(c14n=INC),
        Style(body_c14n=INC, plain_id=True),
        Style(in_header=True, token="x509data"),
    ],
    ids=[
        ".NET",
        "no transform",
        "enveloped only",
        "enveloped and exclusive",
        "prefix lists",
        "default prefixes",
        "missing prefix",
        "inclusive SignedInfo",
        "inclusive Body",
        "in the Header",
    ],
)
@pytest.mark.parametrize("envelope", [ENVELOPE, DEFAULTED], ids=["prefixed", "default namespace"])
def test_what_public_clients_send_holds(envelope: bytes, style: Style) -> None:
    assert isinstance(judged(sign(envelope, RSA, style)), Verified)


@pytest.mark.parametrize(
    "style", [CONNECTOR, RUBY, Style(digest=DIGEST_SHA1), replace(DOTNET, algorithm=RSA_SHA1)],
    ids=["Java connector", "Ruby", "SHA-1 digest only", ".NET"],
)  # fmt: skip
def test_sha1_holds_for_those_alone_who_are_registered_for_it(style: Style) -> None:
    message = sign(ENVELOPE, RSA, style)

    known, allowed = judged(message), judged(message, verifier(weakly=[RSA]))

    assert known == "nobody is registered with the key of this signature now"
    assert isinstance(allowed, Verified)
    assert allowed.proof.kind is ProofKind.SHA1_SIGNATURE


def test_who_may_use_sha1_only_is_known_for_nothing_else() -> None:
    by = verifier(CURVE, weakly=[RSA])

    assert not holds(sign(ENVELOPE, RSA), by)
    assert holds(sign(ENVELOPE, RSA, RUBY), by)


def test_an_unsigned_message_proves_nothing() -> None:
    assert verifier().verify(SafeXml().parse(ENVELOPE)) is None


@pytest.mark.parametrize("name", ATTACKS)
def test_a_wrapped_or_twisted_message_is_refused(name: str) -> None:
    root = signed(etree.fromstring(ENVELOPE, PARSER), CURVE)
    assert holds(etree.tostring(root))

    attacked = ATTACKS[name](root, CURVE)

    assert not holds(etree.tostring(attacked)), name


@pytest.mark.parametrize(
    "name", [name for name in ATTACKS if name.startswith("XSW") and "Security" not in name]
)
def test_wrapping_does_not_help_with_a_signature_in_the_header_either(name: str) -> None:
    root = signed(etree.fromstring(ENVELOPE, PARSER), CURVE, Style(in_header=True, token="both"))
    assert holds(etree.tostring(root))
    assert not holds(etree.tostring(ATTACKS[name](root, CURVE)))


@pytest.mark.parametrize(
    "algorithm",
    [
        f"{DS}hmac-sha1", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", f"{DS}dsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", "", "none", RSA_SHA256, RSA_SHA1,
    ],
)  # fmt: skip
def test_another_algorithm_than_the_keys_is_refused(algorithm: str) -> None:
    """HMAC under the public key, weaker ones, and those of the other kind of key."""
    root = signed(etree.fromstring(ENVELOPE, PARSER), CURVE)
    found(root, "ds:SignatureMethod").set("Algorithm", algorithm)

    assert not holds(etree.tostring(resign(root, CURVE)), verifier(weakly=[CURVE, RSA]))


def test_an_rsa_key_under_ecdsa_is_refused() -> None:
    root = signed(etree.fromstring(ENVELOPE, PARSER), RSA)
    found(root, "ds:SignatureMethod").set("Algorithm", ECDSA_SHA256)

    assert judged(etree.tostring(root)) == "an ECDSA signature wants a key on a curve"


def test_a_signature_algorithm_takes_no_parameters() -> None:
    root = signed(etree.fromstring(ENVELOPE, PARSER), CURVE)
    etree.SubElement(found(root, "ds:SignatureMethod"), q("ds:HMACOutputLength")).text = "1"

    assert (
        judged(etree.tostring(resign(root, CURVE))) == "a signature algorithm takes no parameters"
    )


@pytest.mark.parametrize(
    "value", ["", "AAAA", "????", "A" * 88, text(b"\0" * 64), text(b"\xff" * 64), text(b"\0" * 63)]
)
def test_a_made_up_signature_value_is_refused(value: str) -> None:
    root = signed(etree.fromstring(ENVELOPE, PARSER), CURVE)
    found(root, "ds:SignatureValue").text = value

    assert not holds(etree.tostring(root))


OTHERS = {
    "RSA 1024": stranger(rsa=1024),
    "P-224": stranger(curve=SECP224R1()),
    "secp256k1": stranger(curve=SECP256K1()),
    "self-signed": stranger("ondertekenaar"),
    "issued by a client": issued_by(CURVE, "kind"),
    "other CA, same names": issued_by(issued_by(stranger("wortel"), "midden"), "ondertekenaar"),
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("token", ["x509v3", "pkipath", "x509data"])
def test_keys_that_nobody_is_registered_with_are_refused(name: str, token: str) -> None:
    assert not holds(sign(ENVELOPE, OTHERS[name], Style(token=token)))


@pytest.mark.parametrize("name", ["RSA 1024", "P-224", "secp256k1"])
def test_a_key_that_is_too_weak_is_refused_whoever_registered_it(name: str) -> None:
    who = OTHERS[name]

    assert "keys" in str(judged(sign(ENVELOPE, who), verifier(who)))


def test_a_larger_curve_holds() -> None:
    who = stranger(curve=SECP384R1())

    assert holds(sign(ENVELOPE, who), verifier(who))


ORDER = "a PKIPath goes from the authority to the signer, each issuing the next"
COUNT = "a PKIPath holds from one to 6 certificates"
LENGTH = "a PKIPath ends where its length says"
FORM = "a PKIPath is a sequence of certificates"
BROKEN = "a certificate cannot be read"
PATHS = {
    "signer first": (pki_path(CURVE.chain), ORDER),
    "one left out": (pki_path((CURVE.chain[2], CURVE.chain[0])), ORDER),
    "empty": (pki_path(()), COUNT),
    "long": (pki_path([CURVE.chain[2]] * 7), COUNT),
    "more after it": (pki_path(CURVE.chain[::-1]) + b"\0", LENGTH),
    "cut": (pki_path(CURVE.chain[::-1])[:-1], LENGTH),
    "a member longer than the whole": (b"\x30\x84\x00\x00\x00\x02\x30\x03", COUNT),
    "a set": (b"\x31\x00", FORM),
    "a member of another kind": (b"\x30\x02\x04\x00", FORM),
    "an empty member": (b"\x30\x02\x30\x00", BROKEN),
    "nothing": (b"", FORM),
    "a bare certificate": (CURVE.der, FORM),
}


@pytest.mark.parametrize("name", PATHS)
def test_a_path_of_another_form_is_refused(name: str) -> None:
    path, why = PATHS[name]
    root = signed(etree.fromstring(ENVELOPE, PARSER), CURVE, Style(token="pkipath"))
    found(root, "wsse:BinarySecurityToken").text = text(path)

    assert judged(etree.tostring(root)) == why


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_path_may_be_as_short_as_the_signer_alone(length: int) -> None:
    who = replace(CURVE, chain=CURVE.chain[:length])

    assert holds(sign(ENVELOPE, who, Style(token="pkipath")))


def test_the_signer_is_found_among_the_certificates_of_x509_data_in_any_order() -> None:
    for chain in (CURVE.chain, CURVE.chain[::-1]):
        root = signed(etree.fromstring(ENVELOPE, PARSER), CURVE, Style(token="x509data"))
        data = found(root, "ds:X509Data")
        data.clear()
        for one in chain:
            etree.SubElement(data, q("ds:X509Certificate")).text = text(
                one.public_bytes(Encoding.DER)
            )

        assert holds(etree.tostring(root))


def test_x509_data_with_two_leaves_is_refused() -> None:
    root = signed(etree.fromstring(ENVELOPE, PARSER), CURVE, Style(token="x509data"))
    data = found(root, "ds:X509Data")
    etree.SubElement(data, q("ds:X509Certificate")).text = text(RSA.der)

    assert judged(etree.tostring(root)) == "it is not clear which of the certificates signs"


def test_a_key_value_beside_a_certificate_of_another_key_is_refused() -> None:
    root = signed(etree.fromstring(ENVELOPE, PARSER), RSA, Style(token="keyvalue"))
    found(root, "ds:KeyInfo").append(key_info(CURVE, "x509data")[0])

    assert judged(etree.tostring(root)) == "KeyValue and X509Data are of two keys"


def rsa_parts(root: etree._Element) -> tuple[etree._Element, etree._Element]:
    return found(root, "ds:Modulus"), found(root, "ds:Exponent")


@pytest.mark.parametrize(
    ("modulus", "exponent"),
    [
        (lambda n: n[:-1], b"\1\0\1"), (lambda n: n[:128], b"\1\0\1"), (lambda n: b"", b"\1\0\1"),
        (lambda n: n * 5, b"\1\0\1"), (lambda n: n, b"\1"), (lambda n: n, b"\2"), (lambda n: n, b""),
        (lambda n: n, b"\xff" * 5), (lambda n: b"\0" + n, b"\1\0\1"), (lambda n: n[:-1] + b"\0", b"\1\0\1"),
    ],
    ids=["cut", "half", "empty", "huge", "exponent 1", "even exponent", "no exponent",
         "long exponent", "led by a zero", "even"],
)  # fmt: skip
def test_a_bare_rsa_key_is_the_registered_one_or_none(
    modulus: Callable[[bytes], bytes], exponent: bytes
) -> None:
    root = signed(etree.fromstring(ENVELOPE, PARSER), RSA, Style(token="keyvalue"))
    first, second = rsa_parts(root)
    whole = b64decode(first.text or "")
    first.text, second.text = text(modulus(whole)), text(exponent)

    same_number = int.from_bytes(modulus(whole), "big") == int.from_bytes(whole, "big")
    assert holds(etree.tostring(root)) == (same_number and exponent == b"\1\0\1")


@pytest.mark.parametrize(
    "name", ["cut", "off the curve", "at infinity", "compressed", "other curve"]
)
def test_a_bare_key_on_a_curve_is_the_registered_one_or_none(name: str) -> None:
    root = signed(etree.fromstring(ENVELOPE, PARSER), CURVE, Style(token="keyvalue"))
    point, curve = found(root, "d11:PublicKey"), found(root, "d11:NamedCurve")
    whole = b64decode(point.text or "")
    changed = {
        "cut": whole[:-1], "off the curve": whole[:-1] + bytes([whole[-1] ^ 1]), "at infinity": b"\0",
        "compressed": bytes([2 + whole[-1] % 2]) + whole[1:33], "other curve": whole,
    }  # fmt: skip
    point.text = text(changed[name])
    if name == "other curve":
        curve.set("URI", "urn:oid:1.3.132.0.10")

    assert holds(etree.tostring(root)) == (name == "compressed")


@pytest.mark.parametrize("keep", [0, 1, 40, -1])
@pytest.mark.parametrize("token", ["x509v3", "x509data"])
def test_a_certificate_that_was_cut_cannot_be_read(keep: int, token: str) -> None:
    root = signed(etree.fromstring(ENVELOPE, PARSER), CURVE, Style(token=token))
    name = "wsse:BinarySecurityToken" if token == "x509v3" else "ds:X509Certificate"
    found(root, name).text = text(CURVE.der[:keep])

    assert judged(etree.tostring(root)) == "a certificate cannot be read"


@pytest.mark.parametrize(
    ("element", "attribute", "value"),
    [
        ("wsse:BinarySecurityToken", "ValueType", f"{DS}#PKCS7"),
        ("wsse:BinarySecurityToken", "EncodingType", "urn:x"),
        ("wsse:Reference", "ValueType", "urn:x"),
        ("wsse:Reference", "URI", "#Body"),
        ("wsse:Reference", "URI", "Token"),
        ("ds:CanonicalizationMethod", "Algorithm", f"{EXC}WithComments"),
        ("ds:CanonicalizationMethod", "Algorithm", f"{INC}#WithComments"),
        ("ds:CanonicalizationMethod", "Algorithm", "http://www.w3.org/2010/xml-c14n2"),
        ("ds:DigestMethod", "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#md5"),
        ("ds:DigestMethod", "Algorithm", "http://www.w3.org/2001/04/xmlenc#sha512"),
    ],
)
def test_what_is_not_of_the_profile_is_refused(element: str, attribute: str, value: str) -> None:
    root = signed(etree.fromstring(ENVELOPE, PARSER), CURVE)
    found(root, element).set(attribute, value)

    assert not holds(etree.tostring(resign(root, CURVE)))


def test_inclusive_canonicalisation_below_an_xml_attribute_is_not_read() -> None:
    """What it passes on to the Body, and what not, differs between its two versions."""
    envelope = ENVELOPE.replace(b"<soapenv:Envelope", b'<soapenv:Envelope xml:lang="nl"', 1)

    assert not holds(sign(envelope, CURVE, DOTNET))
    assert holds(sign(envelope, CURVE))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"12631400209", b"12631400208"),
        (b"een &amp; ", b"een &amp;"),
        (b'a="1"', b'a="2"'),
        (b' b="2"', b""),
        (b"<Leeg/>", b"<Leeg> </Leeg>"),
        (b"<Leeg/>", b"<Leeg/>\n"),
        (b"<Leeg/>", b"<Leeg/><Nog/>"),
        (b"<web:Geef>", b'<web:Geef xmlns:extra="urn:x" extra:a="1">'),
        (b"&#13;", b"\n"),
        (b"&#13;", b""),
        (b"<INSZ>12631400209</INSZ>", b""),
        (b"&lt;twee&gt;", b"<twee/>"),
    ],
)
def test_a_changed_body_is_not_what_was_signed(old: bytes, new: bytes) -> None:
    message = sign(ENVELOPE, CURVE)
    assert message.count(old) == 1

    assert judged(message.replace(old, new)) == "the message is not what was signed"


@pytest.mark.parametrize("c14n", [EXC, INC], ids=["exclusive", "inclusive"])
def test_no_element_moves_into_a_namespace_from_above(c14n: str) -> None:
    """libxml2 once wrote `xmlns=""` two levels down where there was none: then this passed."""
    envelope = DEFAULTED.replace(b"d:", b"")
    message = sign(envelope, CURVE, Style(c14n=c14n, body_c14n=c14n))
    assert message.count(b' xmlns=""') == 1

    assert holds(message)
    assert judged(message.replace(b' xmlns=""', b"")) == "the message is not what was signed"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<!-- niet -->", b""),
        (b"<!-- niet -->", b"<!-- 12631400208 --><!-- -->"),
        (b"<Leeg/>", b"<Leeg></Leeg>"),
        (b"<Leeg/>", b"<Leeg\n/>"),
        (b'a="1" b="2"', b"b='2'   a='1'"),
        (b"&lt;twee&gt;", b"<![CDATA[<twee>]]>"),
        (b"een", b"&#x65;e&#110;"),
    ],
)
def test_what_canonicalisation_looks_through_holds(old: bytes, new: bytes) -> None:
    message = sign(ENVELOPE, CURVE)
    assert message.count(old) == 1

    assert holds(message.replace(old, new))


def test_a_comment_in_the_middle_of_a_text_hides_nothing_of_it() -> None:
    message = sign(ENVELOPE, CURVE).replace(b"12631400209", b"126314<!-- x -->00209")

    body = SafeXml().parse(message)[1]

    assert holds(message)
    assert body.findtext(".//INSZ") == "12631400209"


def timed(**changes: object) -> Style:
    wanted = {"created": NOW, "expires": NOW + LIFETIME} | changes
    return Style(**wanted)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("style", "why"),
    [
        (timed(), ""),
        (timed(expires=None), ""),
        (timed(fraction="%Y-%m-%dT%H:%M:%S.%f7Z"), ""),
        (timed(fraction="%Y-%m-%dT%H:%M:%SZ"), ""),
        (timed(created=NOW - timedelta(seconds=299)), ""),
        (timed(created=NOW + timedelta(seconds=59)), ""),
        (timed(created=NOW - timedelta(seconds=300)), "the Timestamp is too old by this machine's clock"),
        (timed(expires=NOW), "the Timestamp is too old by this machine's clock"),
        (timed(created=NOW + timedelta(seconds=61)), "the Timestamp lies in the future of this machine's clock"),
        (timed(created=NOW - timedelta(days=1), expires=NOW + timedelta(days=1)), "the Timestamp is too old by this machine's clock"),
        (timed(signs_timestamp=False), "the Timestamp is not signed"),
        (timed(created=None), "a Timestamp holds Created, and perhaps Expires"),
        (timed(fraction="%Y-%m-%dT%H:%M:%S"), "the Timestamp has no time zone; write it in UTC, with a Z"),
        (timed(fraction="gisteren"), "the Timestamp holds no instant"),
        (timed(fraction="0001-01-01T00:00:00+14:00"), "the Timestamp is too old by this machine's clock"),
        (timed(fraction="9999-12-31T23:59:59-14:00"), "the Timestamp lies in the future of this machine's clock"),
    ],
)  # fmt: skip
def test_a_timestamp_is_signed_and_fresh(style: Style, why: str) -> None:
    if style.created is None:
        root = signed(etree.fromstring(ENVELOPE, PARSER), CURVE, timed())
        stamp = found(root, "wsu:Timestamp")
        stamp.remove(stamp[0])
        outcome = judged(etree.tostring(redigested(root, CURVE)))
    else:
        outcome = judged(sign(ENVELOPE, CURVE, style))

    if why:
        assert outcome == why
    else:
        assert isinstance(outcome, Verified)
        assert outcome.style is not None
        assert outcome.style.is_timed


def redigested(root: etree._Element, who: Signatory) -> etree._Element:
    """Signed anew over the Timestamp as it now stands."""
    from tests.signing import canonical, digest

    reference = list(root.iter(q("ds:Reference")))[1]
    value = digest(Style(), canonical(found(root, "wsu:Timestamp"), EXC, None))
    found(reference, "ds:DigestValue").text = value
    return resign(root, who)


def test_a_timestamp_that_was_taken_out_or_doubled_is_missed() -> None:
    taken = signed(etree.fromstring(ENVELOPE, PARSER), CURVE, timed())
    doubled = signed(etree.fromstring(ENVELOPE, PARSER), CURVE, timed())
    stamp = found(taken, "wsu:Timestamp")
    stamp.getparent().remove(stamp)  # type: ignore[union-attr]  # it has one
    etree.SubElement(found(doubled, "wsse:Security"), q("wsu:Timestamp"))

    assert not holds(etree.tostring(taken))
    assert judged(etree.tostring(doubled)) == "the Security header holds something twice"


def test_the_same_message_is_refused_a_second_time_however_its_signature_is_written() -> None:
    by = verifier()
    message = sign(ENVELOPE, CURVE, timed())
    first, second = judged(message, by), judged(message, by)
    root = etree.fromstring(message, PARSER)
    value = found(root, "ds:SignatureValue")
    value.text = text(mirrored(value.text or ""))
    other_numbers = judged(etree.tostring(root), by)

    assert isinstance(first, Verified)
    assert second == "this very message was here before; sign each message anew"
    assert holds(etree.tostring(root))
    assert other_numbers == second


def mirrored(value: str) -> bytes:
    """ECDSA holds with the second number's opposite too: another value, the same signature."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    raw = b64decode(value)
    return raw[:32] + (order - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")


def test_without_a_timestamp_the_same_message_may_come_again() -> None:
    by, message = verifier(weakly=[RSA]), sign(ENVELOPE, RSA, CONNECTOR)

    assert [holds(message, by) for _ in range(2)] == [True, True]


def test_the_memory_of_messages_is_bounded_and_forgets_what_is_over() -> None:
    now = [NOW]
    fresh = Freshness(lambda: now[0], LIFETIME, largest=3)
    stamp = found(signed(etree.fromstring(ENVELOPE, PARSER), CURVE, timed()), "wsu:Timestamp")

    for mark in (b"1", b"2", b"3", b"4"):
        fresh.take(stamp, mark)
    fresh.take(stamp, b"1")
    assert len(fresh._seen) == 3
    with pytest.raises(SignatureFlaw):
        fresh.take(stamp, b"4")
    now[0] = NOW + LIFETIME
    with pytest.raises(SignatureFlaw, match="too old"):
        fresh.take(stamp, b"5")
    fresh.take(
        found(
            signed(etree.fromstring(ENVELOPE, PARSER), CURVE, timed(created=now[0], expires=None)),
            "wsu:Timestamp",
        ),
        b"6",
    )
    assert list(fresh._seen) == [b"6"]


@pytest.mark.parametrize("defect", ["it does not hold", ""])
def test_a_proof_with_a_defect_names_nobody(defect: str) -> None:
    people = directory(CURVE)
    proof = Proof(ProofKind.SIGNATURE, CURVE.der, defect=defect)

    if defect:
        with pytest.raises(RefusedFault) as refused:
            people.identify(proof)
        assert refused.value.refusal.grounds[0].detail == defect
    else:
        assert people.identify(proof) == CALLER


def messages(by: SignatureVerifier, *, required: bool = False, limit: int = 100_000) -> SignedMessages:  # fmt: skip
    def never(_: object) -> object:
        raise AssertionError("nothing is sealed here")

    return SignedMessages(by, Seal(never, lambda: NOW, LIFETIME), limit, required=required)  # type: ignore[arg-type]


def asked(body: bytes, proof: Proof | None = None) -> Message:
    return Message(body=body, headers={}, proof=proof)


def test_what_was_shown_on_the_connection_stands_beside_the_signature() -> None:
    token = Proof(ProofKind.TOKEN, b"t")

    opened = messages(verifier()).open(asked(sign(ENVELOPE, CURVE), token))

    assert opened.proof == Proof(ProofKind.SIGNATURE, CURVE.der, beside=token)


def test_a_message_without_signature_keeps_its_proof_unless_signatures_are_required() -> None:
    token = Proof(ProofKind.TOKEN, b"t")
    free, strict = messages(verifier()), messages(verifier(), required=True)

    assert free.open(asked(ENVELOPE, token)).proof == token
    refused = strict.open(asked(ENVELOPE, token)).proof
    assert refused is not None
    assert (refused.defect, refused.beside) == ("No signature in message!", token)


@pytest.mark.parametrize("body", [b"", b"<a", b"<!DOCTYPE a []><a/>", b"\xff\xfe<"])
def test_what_is_no_xml_is_left_to_the_codec(body: bytes) -> None:
    message = asked(body, Proof(ProofKind.TOKEN, b"t"))

    assert messages(verifier()).open(message) is message


def test_a_document_type_is_refused_whoever_signed() -> None:
    message = sign(ENVELOPE, CURVE)
    typed = b'<!DOCTYPE x [<!ATTLIST x Id ID "Body">]>' + message

    opened = messages(verifier()).open(asked(typed))

    assert (opened.proof, opened.opened) == (None, None)


@pytest.mark.parametrize(
    "where", [b"<Leeg/>", b"<soapenv:Body", b"<ds:SignedInfo>", b"<soapenv:Envelope"]
)
def test_an_instruction_that_nobody_signed_is_refused(where: bytes) -> None:
    message = sign(ENVELOPE, CURVE)
    assert message.count(where) == 1

    opened = messages(verifier()).open(asked(message.replace(where, b"<?doe dit?>" + where)))

    assert (opened.proof, opened.opened) == (None, None)


def test_a_message_over_the_limit_is_not_looked_into() -> None:
    token = Proof(ProofKind.TOKEN, b"t")
    small = messages(verifier(), limit=10)

    refused = small.open(asked(sign(ENVELOPE, CURVE))).proof
    assert refused is not None
    assert "too large" in refused.defect
    assert small.open(asked(sign(ENVELOPE, CURVE), token)).proof == token


class Broken(CredentialDirectory):
    """Fails where nobody expects it."""

    def find(self, proof: Proof) -> Caller | None:
        raise RuntimeError("something")


def test_what_nobody_expected_is_a_proof_that_does_not_hold(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The attempt must come as far as the line, which enters it."""
    by = SignatureVerifier(Broken(SpaceClock(NOW), SpaceClock(NOW)), Freshness(lambda: NOW, LIFETIME))  # fmt: skip

    opened = messages(by).open(asked(sign(ENVELOPE, CURVE)))

    assert opened.proof == Proof(
        ProofKind.SIGNATURE, b"", defect="the signature could not be looked into"
    )
    assert "RuntimeError at" in caplog.text
    assert "something" not in caplog.text


def test_tokens_are_remembered_and_the_memory_is_bounded() -> None:
    by = verifier()
    for _ in range(3):
        assert holds(sign(ENVELOPE, CURVE), by)
    assert len(by._keys._seen) == 1
    (signer,) = by._keys._seen.values()
    by._keys._seen.update({("x", str(number)): signer for number in range(300)})

    assert holds(sign(ENVELOPE, RSA), by)
    assert len(by._keys._seen) == 1
