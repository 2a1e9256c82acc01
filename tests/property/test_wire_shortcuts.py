"""What the wire's readers settle without a second look is what the second look would have said."""

import json
from typing import Any
from xml.sax import saxutils

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.web.rest.decoding import BodyInvalid, decode
from gateway.web.soap import xml
from gateway.web.soap.xml import LARGEST_DEPTH, SafeXml, XmlInvalid, escape

ANYTHING = msgspec.json.Decoder(Any)
names = st.sampled_from(["a", "b", "a:b", "\\u0061", "c"])
texts = st.recursive(
    st.sampled_from(["1", "null", '"x"', '"12:30"', '"a\\u003a"', "{}", "[]"]),
    lambda inner: (
        st.lists(st.tuples(names, inner), max_size=4).map(
            lambda pairs: "{" + ",".join(f'"{name}": {value}' for name, value in pairs) + "}"
        )
        | st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
    ),
    max_leaves=10,
)


@given(texts)
def test_a_member_that_stands_twice_is_always_found(text: str) -> None:
    try:
        decode(ANYTHING, text.encode())
        found = False
    except BodyInvalid:
        found = True

    assert found == doubled(text)


def doubled(text: str) -> bool:
    seen: list[bool] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        seen.append(len({name for name, _ in pairs}) != len(pairs))

    json.loads(text, object_pairs_hook=note)
    return any(seen)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "us-ascii"])
@pytest.mark.parametrize("levels", [LARGEST_DEPTH, LARGEST_DEPTH + 1])
@pytest.mark.parametrize("innermost", ["", "<b/>", "text"])
def test_what_nests_too_deeply_is_found_in_every_encoding(
    encoding: str, levels: int, innermost: str
) -> None:
    depth = levels + (innermost == "<b/>")
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    body = (head + "<a>" * levels + innermost + "</a>" * levels).encode(encoding)

    if depth > LARGEST_DEPTH:
        with pytest.raises(XmlInvalid, match="deep"):
            SafeXml().parse(body)
    else:
        assert SafeXml().parse(body).tag == "a"


BEGINNINGS = [
    b"",
    b'<?xml version="1.0"?>',
    b'<?xml version="1.0" encoding="UTF-8"?>',
    b"<?xml version='1.0' encoding='utf-8'?>",
    b'<?xml version="1.0" encoding="UTF-7"?>',
    b'<?xml version="1.0" encoding="ISO-8859-1"?>',
    b"\xef\xbb\xbf",
    b" ",
    b"<!-- before -->",
    b"<?before it?>",
]
PIECES = [
    b"text", b"<a/>", b"<a>b</a>", b"<!-- c -->", b"<![CDATA[<a>]]>", b"<?x y?>", b"<", b"</a>", b"&amp;",
    b"&lt;!DOCTYPE", b"+ADw-?x y?+AD4-", b"\xff", b"\xc3\xa9", b"<a>" * 41 + b"</a>" * 41,
]  # fmt: skip


@given(
    st.sampled_from(BEGINNINGS),
    st.sampled_from([b"soap", b"soap:Envelope", b"S:Envelope", b"a"]),
    st.lists(st.sampled_from(PIECES), max_size=4),
    st.sampled_from([b"", b"\n", b"<?behind it?>", b"<!-- behind -->", b"<!DOCTYPE soap>", b"\0"]),
)
def test_what_is_plain_by_its_bytes_is_plain_to_who_looks_it_over(
    beginning: bytes, name: bytes, pieces: list[bytes], end: bytes
) -> None:
    space = b' xmlns:soap="urn:x" xmlns:S="urn:x"'
    body = beginning + b"<" + name + space + b">" + b"".join(pieces) + b"</" + name + b">" + end

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xml, "_is_plain", lambda _: False)
        expected = read(body)

    assert read(body) == expected


def read(body: bytes) -> object:
    """The document as it was read, or why it was not."""
    try:
        return etree.tostring(SafeXml().parse(body))
    except XmlInvalid as error:
        return str(error)


@pytest.mark.parametrize("body", [b"<soap>x</soap>", BEGINNINGS[2] + b"<a>x</a>"])
def test_what_clients_send_is_plain(body: bytes) -> None:
    assert xml._is_plain(body)
    assert not xml._is_plain(body.replace(b"x", b"<!-- x -->"))
    assert not xml._is_plain(body.decode().encode("utf-16"))


@given(st.text())
def test_text_is_escaped_as_the_standard_library_does(text: str) -> None:
    assert escape(text) == saxutils.escape(text)
