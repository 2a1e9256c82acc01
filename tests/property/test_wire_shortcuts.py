"""What the wire's readers settle without a second look is what the second look would have said."""

import json
from typing import Any
from xml.sax import saxutils

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.web.rest.decoding import BodyInvalid, decode
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


@given(st.text())
def test_text_is_escaped_as_the_standard_library_does(text: str) -> None:
    assert escape(text) == saxutils.escape(text)
