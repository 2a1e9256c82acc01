"""Whatever is changed of a signed message: either it is refused, or nothing that was signed has changed.

And the other way round: what we sign is canonical as it is written, so that everybody finds the same digest.
"""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.adapters.clock import SpaceClock
from gateway.adapters.credentials import CredentialDirectory
from gateway.adapters.ids import SeededSecrets
from gateway.domain.request import Caller, Proof, ProofKind
from gateway.simulation.answer_keys import AnswerKeys
from gateway.simulation.authority import TestAuthority
from gateway.simulation.keyring import Keyring
from gateway.web.soap.envelope import enveloped
from gateway.web.soap.wss.flaw import SignatureFlaw
from gateway.web.soap.wss.freshness import Freshness
from gateway.web.soap.wss.opened import AnswerStyle
from gateway.web.soap.wss.seal import Seal
from gateway.web.soap.wss.verifier import SignatureVerifier, Verified
from gateway.web.soap.xml import SafeXml, XmlInvalid, escape
from tests.signing import (
    DOTNET,
    EXC,
    INC,
    PARSER,
    Signatory,
    Style,
    canonical,
    check_answer,
    found,
    q,
    sign,
    stranger,
)

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
LIFETIME = timedelta(seconds=300)
WHO = stranger("wie")
STYLES = (
    Style(),
    Style(token="pkipath", prefixes="s", body_prefixes="w"),
    Style(c14n=INC, body_c14n=INC, token="keyvalue"),
    DOTNET,
    Style(created=NOW, expires=NOW + timedelta(seconds=60)),
)
ENVELOPE = b"""<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:w="urn:w" xmlns:y="urn:y">
<s:Header><y:Volgnummer>1</y:Volgnummer></s:Header><s:Body><w:Vraag a="1" y:b="2"><Een>tekst</Een> staart
<Twee><Drie/>12631400209</Twee></w:Vraag></s:Body></s:Envelope>"""
MESSAGES = [sign(ENVELOPE, WHO, style) for style in STYLES]


def verifier(who: Signatory) -> SignatureVerifier:
    caller = Caller(key="infino", party="infino", unit="infino", uri="u", hoedanigheid="h")
    people = CredentialDirectory(SpaceClock(NOW), SpaceClock(NOW))
    known = Proof(ProofKind.SIGNATURE, who.der)
    people.register(known, caller)
    signer = sign(ENVELOPE, who, Style(token="keyvalue"))
    bare = SignatureVerifier(people, fresh()).verify(SafeXml().parse(signer))
    assert bare is not None
    people.register(Proof(ProofKind.SIGNATURE, bare.proof.value), caller)
    return SignatureVerifier(people, fresh())


def fresh() -> Freshness:
    """Forgets each message at once: replay is another page's matter."""
    return Freshness(lambda: NOW, LIFETIME, largest=1)


VERIFIER = verifier(WHO)


def accepted(message: bytes) -> etree._Element | None:
    """The envelope of a message whose signature holds; anything but a flaw of the message is an error."""
    try:
        envelope = SafeXml().parse(message)
        outcome = VERIFIER.verify(envelope)
    except (XmlInvalid, SignatureFlaw):
        return None
    if outcome is None or outcome.proof.defect:
        return None
    return envelope


def content(envelope: etree._Element) -> bytes:
    """Everything that is read of a message: its Body."""
    return canonical(found(envelope, "s:Body"), EXC, None)


SIGNED = [content(etree.fromstring(message, PARSER)) for message in MESSAGES]


@pytest.mark.parametrize("index", range(len(STYLES)))
def test_the_messages_hold_as_they_are(index: int) -> None:
    assert accepted(MESSAGES[index]) is not None


@given(
    index=st.integers(0, len(STYLES) - 1),
    edits=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255), st.sampled_from("=+-")),
        min_size=1,
        max_size=3,
    ),
)
def test_any_bytes_changed_are_refused_or_change_nothing_that_is_read(
    index: int, edits: list[tuple[float, int, str]]
) -> None:
    message = bytearray(MESSAGES[index])
    for place, byte, act in edits:
        at = int(place * len(message))
        if act == "=":
            message[at] = byte
        elif act == "+":
            message.insert(at, byte)
        else:
            del message[at]

    envelope = accepted(bytes(message))

    assert envelope is None or content(envelope) == SIGNED[index]


Change = Callable[[etree._Element, st.DataObject], None]


def _text(element: etree._Element, data: st.DataObject) -> None:
    element.text = data.draw(st.text("ab <&\t\n\r\u00e9", max_size=4)) + (element.text or "") + "x"


def _tail(element: etree._Element, data: st.DataObject) -> None:
    element.tail = (element.tail or "") + data.draw(st.sampled_from(["\n", " ", "x", "\r"]))


def _attribute(element: etree._Element, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["a", "{urn:y}a", "{urn:nieuw}a", "{http://www.w3.org/XML/1998/namespace}lang"]))  # fmt: skip
    element.set(name, (element.get(name) or "") + "x")


def _rename(element: etree._Element, data: st.DataObject) -> None:
    local = data.draw(st.sampled_from(["Een", "Nieuw", "{urn:w}Een", "{urn:nieuw}Een"]))
    element.tag = local if element.tag != local else local + "x"


def _child(element: etree._Element, data: st.DataObject) -> None:
    element.insert(data.draw(st.integers(0, len(element))), etree.Element("Kind"))


def _double(element: etree._Element, data: st.DataObject) -> None:
    element.addnext(deepcopy(element))


def _remove(element: etree._Element, data: st.DataObject) -> None:
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def _instruction(element: etree._Element, data: st.DataObject) -> None:
    element.append(etree.ProcessingInstruction("doe"))


CHANGES: list[Change] = [
    _text, _tail, _attribute, _rename, _child, _double, _remove, _instruction,
]  # fmt: skip


@given(st.integers(0, len(STYLES) - 1), st.sampled_from(CHANGES), st.data())
def test_any_change_of_the_signed_body_is_refused(
    index: int, change: Change, data: st.DataObject
) -> None:
    root = etree.fromstring(MESSAGES[index], PARSER)
    within = list(found(root, "s:Body").iterdescendants(etree.Element))
    change(data.draw(st.sampled_from(within)), data)

    assert accepted(etree.tostring(root)) is None


@given(st.integers(0, len(STYLES) - 1), st.sampled_from(CHANGES), st.data())
def test_any_change_of_the_signature_is_refused_or_changes_nothing_that_is_read(
    index: int, change: Change, data: st.DataObject
) -> None:
    root = etree.fromstring(MESSAGES[index], PARSER)
    header = found(root, "s:Header")
    within = [header, *header.iterdescendants(etree.Element)]
    change(data.draw(st.sampled_from(within)), data)

    envelope = accepted(etree.tostring(root))

    assert envelope is None or content(envelope) == SIGNED[index]


AUTHORITY = TestAuthority(Keyring(SeededSecrets(b"zegel")), "demo")
KEYS = AnswerKeys(AUTHORITY)
SEAL = Seal(KEYS.signer, lambda: NOW, LIFETIME)
XML_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n\r<>&\"'")
)


STYLE = st.builds(AnswerStyle, is_rsa=st.booleans(), is_path=st.booleans(), is_timed=st.booleans())


@given(XML_TEXT, XML_TEXT, STYLE)
def test_what_we_sign_is_canonical_as_it_is_written(one: str, two: str, style: AnswerStyle) -> None:
    said = f"<m:A xmlns:m={quoteattr('urn:m')}><B>{escape(one)}</B><C>{escape(two)}</C></m:A>"

    answer = SEAL.sealed(enveloped(said).encode(), style)

    parts = check_answer(answer, (AUTHORITY.issuing, AUTHORITY.root))
    assert parts == ({"Body", "Timestamp"} if style.is_timed else {"Body"})
    root = etree.fromstring(answer, PARSER)
    assert (root.findtext(".//B"), root.findtext(".//C")) == (one, two)
    assert found(root, "s:Body")[0].tag == "{urn:m}A"


def test_our_own_answers_are_of_our_own_profile() -> None:
    """Who reads our strict profile can read our answers: the gateway itself, for one."""
    people = CredentialDirectory(SpaceClock(NOW), SpaceClock(NOW))
    caller = Caller(key="k", party="p", unit="u", uri="u", hoedanigheid="h")
    for kind in (False, True):
        for path in (False, True):
            style = AnswerStyle(is_rsa=kind, is_path=path, is_timed=True)
            envelope = SafeXml().parse(SEAL.sealed(enveloped("<a>b</a>").encode(), style))
            token = found(envelope, "wsse:BinarySecurityToken")
            unknown = SignatureVerifier(people, fresh()).verify(envelope)
            assert isinstance(unknown, Verified), token
            people.register(Proof(ProofKind.SIGNATURE, unknown.proof.value), caller)
            known = SignatureVerifier(people, fresh()).verify(envelope)
            assert isinstance(known, Verified)
            assert known.proof.defect == ""
            assert envelope.find(".//" + q("wsu:Timestamp")) is not None
