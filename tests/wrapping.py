"""Attacks on signed messages: each takes a well signed message and makes another of it.

XSW1 to XSW8 are the classes that the literature has for SAML, here for a SOAP Body; the others are
what a careless verifier of WS-Security falls for.
"""

from collections.abc import Callable
from copy import deepcopy

from lxml import etree

from tests.signing import DS, EXC, SOAP, Signatory, found, key_info, q, resign, signed

Root = etree._Element
Attack = Callable[[Root, Signatory], Root]
ATTACKS: dict[str, Attack] = {}


def attack(name: str) -> Callable[[Attack], Attack]:
    def keep(made: Attack) -> Attack:
        ATTACKS[name] = made
        return made

    return keep


def evil(root: Root, called: str | None = None) -> Root:
    """The Body that the attacker would have read: about somebody else."""
    body = deepcopy(found(root, "s:Body"))
    for element in body.iter("INSZ"):
        element.text = "90712301137"
    del body.attrib[q("wsu:Id")]
    if called is not None:
        body.set(q("wsu:Id"), called)
    return body


def wrapper(root: Root) -> Root:
    return etree.SubElement(found(root, "s:Header"), "{urn:x}Wrapper")


def swap_body(root: Root, called: str | None) -> Root:
    """Take the signed Body out and put the evil one into its place; the signed one."""
    original, replacement = found(root, "s:Body"), evil(root, called)
    root.replace(original, replacement)
    return original


@attack("XSW1 signed Body in another header, evil Body without Id")
def _xsw1(root: Root, who: Signatory) -> Root:
    wrapper(root).append(swap_body(root, None))
    return root


@attack("XSW2 signed Body in the Security header")
def _xsw2(root: Root, who: Signatory) -> Root:
    found(root, "wsse:Security").append(swap_body(root, None))
    return root


@attack("XSW3 signed Body before the evil one")
def _xsw3(root: Root, who: Signatory) -> Root:
    root.append(evil(root))
    return root


@attack("XSW3b evil Body before the signed one")
def _xsw3b(root: Root, who: Signatory) -> Root:
    root.insert(1, evil(root))
    return root


@attack("XSW3c both Bodies with one Id")
def _xsw3c(root: Root, who: Signatory) -> Root:
    root.insert(1, evil(root, "Body"))
    return root


@attack("XSW4 signed Body within the evil one")
def _xsw4(root: Root, who: Signatory) -> Root:
    original = swap_body(root, None)
    found(root, "s:Body").append(original)
    return root


@attack("XSW4b signed Body deep in the evil one, which has its Id")
def _xsw4b(root: Root, who: Signatory) -> Root:
    original = swap_body(root, "Body")
    found(root, "s:Body")[0].append(original)
    return root


@attack("XSW5 evil Body with the Id, signed Body with another")
def _xsw5(root: Root, who: Signatory) -> Root:
    original = swap_body(root, "Body")
    original.set(q("wsu:Id"), "Elsewhere")
    wrapper(root).append(original)
    return root


@attack("XSW6 signed Body in the Signature")
def _xsw6(root: Root, who: Signatory) -> Root:
    found(root, "ds:Signature").append(swap_body(root, None))
    return root


@attack("XSW7 signed Body in an Object of the Signature, same Id on both")
def _xsw7(root: Root, who: Signatory) -> Root:
    original = swap_body(root, "Body")
    etree.SubElement(found(root, "ds:Signature"), q("ds:Object")).append(original)
    return root


@attack("XSW8 the signed Envelope whole in the Header of the evil one")
def _xsw8(root: Root, who: Signatory) -> Root:
    outer = etree.Element(q("s:Envelope"), nsmap={"s": SOAP})
    etree.SubElement(outer, q("s:Header")).append(deepcopy(root))
    outer.append(evil(root))
    return outer


@attack("XSW8b the signed Envelope whole in the evil Body")
def _xsw8b(root: Root, who: Signatory) -> Root:
    outer = deepcopy(root)
    outer.replace(found(outer, "s:Body"), evil(root))
    found(outer, "s:Body").append(root)
    return outer


@attack("signature in another header")
def _elsewhere(root: Root, who: Signatory) -> Root:
    original = swap_body(root, None)
    moved = wrapper(root)
    moved.append(found(root, "ds:Signature"))
    moved.append(original)
    return root


@attack("signature after Security, in the Header itself")
def _beside(root: Root, who: Signatory) -> Root:
    found(root, "s:Header").append(found(root, "ds:Signature"))
    return root


@attack("signature in the Body")
def _within(root: Root, who: Signatory) -> Root:
    found(root, "s:Body").append(found(root, "ds:Signature"))
    return root


@attack("two Security headers")
def _two_headers(root: Root, who: Signatory) -> Root:
    found(root, "s:Header").append(deepcopy(found(root, "wsse:Security")))
    return root


@attack("two Security headers, one for another actor")
def _actor(root: Root, who: Signatory) -> Root:
    second = etree.SubElement(found(root, "s:Header"), q("wsse:Security"))
    second.set(q("s:actor"), "urn:x")
    return root


@attack("Security header in a wrapper")
def _wrapped_header(root: Root, who: Signatory) -> Root:
    wrapper(root).append(found(root, "wsse:Security"))
    return root


@attack("two signatures")
def _two_signatures(root: Root, who: Signatory) -> Root:
    found(root, "wsse:Security").append(deepcopy(found(root, "ds:Signature")))
    return root


@attack("two Headers")
def _two_soap_headers(root: Root, who: Signatory) -> Root:
    root.insert(0, etree.Element(q("s:Header")))
    return root


@attack("Header after the Body")
def _order(root: Root, who: Signatory) -> Root:
    root.append(found(root, "s:Header"))
    return root


@attack("something after the Body")
def _after(root: Root, who: Signatory) -> Root:
    etree.SubElement(root, "{urn:x}Rest")
    return root


@attack("text after the Body")
def _text(root: Root, who: Signatory) -> Root:
    found(root, "s:Body").tail = "x"
    return root


@attack("the Body of another version of SOAP")
def _soap12(root: Root, who: Signatory) -> Root:
    found(root, "s:Body").tag = "{http://www.w3.org/2003/05/soap-envelope}Body"
    return root


@attack("evil Body, unsigned")
def _evil(root: Root, who: Signatory) -> Root:
    swap_body(root, "Body")
    return root


@attack("two tokens with one Id")
def _two_tokens(root: Root, who: Signatory) -> Root:
    token = found(root, "wsse:BinarySecurityToken")
    token.addnext(deepcopy(token))
    return root


@attack("two tokens")
def _second_token(root: Root, who: Signatory) -> Root:
    token = deepcopy(found(root, "wsse:BinarySecurityToken"))
    token.set(q("wsu:Id"), "Other")
    found(root, "wsse:Security").append(token)
    return root


@attack("the token in another header")
def _token_elsewhere(root: Root, who: Signatory) -> Root:
    wrapper(root).append(found(root, "wsse:BinarySecurityToken"))
    return root


@attack("an Id twice, far from the Body")
def _twice(root: Root, who: Signatory) -> Root:
    wrapper(root).set("ID", "Body")
    return root


@attack("an xml:id that takes the Body's name")
def _xml_id(root: Root, who: Signatory) -> Root:
    wrapper(root).set("{http://www.w3.org/XML/1998/namespace}id", "Body")
    return root


def _reference(uri: str | None) -> Attack:
    def point(root: Root, who: Signatory) -> Root:
        reference = found(root, "ds:Reference")
        if uri is None:
            del reference.attrib["URI"]
        else:
            reference.set("URI", uri)
        return resign(root, who)

    return point


for address in (None, "", "#", "#Token", "#other", "Body", "#xpointer(/)", "#xpointer(id('Body'))",
                "file:///etc/passwd", "http://127.0.0.1/", "cid:Body"):  # fmt: skip
    ATTACKS[f"reference to {address!r}"] = _reference(address)


def _transform(algorithm: str, content: str = "") -> Attack:
    def add(root: Root, who: Signatory) -> Root:
        transform = etree.Element(q("ds:Transform"), Algorithm=algorithm)
        if content:
            transform.append(etree.fromstring(content))
        found(root, "ds:Transforms").insert(0, transform)
        return resign(root, who)

    return add


XPATH = f'<ds:XPath xmlns:ds="{DS}">self::text()</ds:XPath>'
for called, made in {
    "XPath": _transform("http://www.w3.org/TR/1999/REC-xpath-19991116", XPATH),
    "XPath filter 2": _transform("http://www.w3.org/2002/06/xmldsig-filter2"),
    "XSLT": _transform("http://www.w3.org/TR/1999/REC-xslt-19991116"),
    "base64": _transform(f"{DS}base64"),
    "STR-Transform": _transform(
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform"
    ),
    "enveloped with content": _transform(f"{DS}enveloped-signature", XPATH),
    "comments kept": _transform(f"{EXC}WithComments"),
    "canonicalised twice": _transform(EXC),
}.items():
    ATTACKS[f"transform: {called}"] = made


@attack("no reference")
def _nothing(root: Root, who: Signatory) -> Root:
    found(root, "ds:SignedInfo").remove(found(root, "ds:Reference"))
    return resign(root, who)


@attack("the same reference twice")
def _double(root: Root, who: Signatory) -> Root:
    reference = found(root, "ds:Reference")
    reference.addnext(deepcopy(reference))
    return resign(root, who)


@attack("more references than there is to sign")
def _many(root: Root, who: Signatory) -> Root:
    reference = found(root, "ds:Reference")
    for _ in range(50):
        reference.addnext(deepcopy(reference))
    return resign(root, who)


@attack("a Manifest instead of the Body")
def _manifest(root: Root, who: Signatory) -> Root:
    body = evil(root, "Body")
    thing = etree.SubElement(found(root, "ds:Signature"), q("ds:Object"))
    manifest = etree.SubElement(thing, q("ds:Manifest"), Id="Manifest")
    manifest.append(deepcopy(found(root, "ds:Reference")))
    found(root, "ds:SignedInfo")[2].set("URI", "#Manifest")
    root.replace(found(root, "s:Body"), body)
    return resign(root, who)


@attack("SignedInfo twice")
def _two_infos(root: Root, who: Signatory) -> Root:
    info = found(root, "ds:SignedInfo")
    info.addnext(deepcopy(info))
    return root


@attack("SignedInfo deeper than its place")
def _deep_info(root: Root, who: Signatory) -> Root:
    signature = found(root, "ds:Signature")
    etree.SubElement(signature, q("ds:Object")).append(found(root, "ds:SignedInfo"))
    return root


@attack("a digest in two pieces")
def _pieces(root: Root, who: Signatory) -> Root:
    value = found(root, "ds:DigestValue")
    etree.SubElement(value, "x").tail = value.text
    value.text = ""
    return resign(root, who)


@attack("KeyInfo that says two things")
def _two_keys(root: Root, who: Signatory) -> Root:
    found(root, "ds:KeyInfo").append(key_info(who, "x509data")[0])
    return root


@attack("signed over again after the Body was hidden")
def _again(root: Root, who: Signatory) -> Root:
    """The attacker may sign: but as nobody who is known."""
    stripped = deepcopy(root)
    found(stripped, "s:Header").clear()
    signed(stripped, who)
    found(stripped, "s:Header").append(found(root, "wsse:Security"))
    return stripped
