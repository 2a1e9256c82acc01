"""Messages spoilt on purpose: byte by byte, word by word, and as trees; the same again for the same seed."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from random import Random
from typing import Any

from lxml import etree

from tests.people import KARIM

_XML_WORDS = re.compile(rb"<[^<>]*>|[^<>]+|[<>]")
_JSON_WORDS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\w.+-]+|\s+|.', re.DOTALL)
_BYTES = (0x00, 0x09, 0x0A, 0x22, 0x26, 0x3C, 0x3E, 0x5B, 0x7F, 0x80, 0xC0, 0xED, 0xEF, 0xFE, 0xFF)
_XML = (
    b"<!DOCTYPE x>", b'<!DOCTYPE x [<!ENTITY a "b">]>', b"&a;", b"&#0;", b"&#x110000;", b"&#xD800;",
    b"&lt;", b"]]>", b"<![CDATA[", b"<![CDATA[x]]>", b"<!--", b"<!-- x -->", b"-->", b"<?x y?>",
    b'<?xml version="1.0"?>', b'<?xml version="1.1" encoding="UTF-16"?>', b"<a/>", b"</a>", b"<", b">",
    b'<x:a xmlns:x=""/>', b'<a xmlns="u"/>', b" xmlns='u'", b" xsi:nil='true'", b"\0", b"\xef\xbb\xbf",
    b"\xff\xfe", b"9" * 500, b"<a>" * 60, b"</a>" * 60, KARIM.encode(), b"a" + KARIM.encode(),
    b"<a" + KARIM.encode() + b"/>", b"<x90.71.23-011.37/>", "<\u00e9/>".encode(), "\U0001f600".encode(),
)  # fmt: skip
_TEXTS = (
    "", " ", "0", "-1", "9" * 400, "1e400", "NaN", "true", KARIM, f" {KARIM} ", "90.71.23-011.37",
    "\u0661\u0662", "9\u200b0712301137", "2024-02-30", "2024-W10-1", "0000-00-00", "9999-12-31", "2024-12-31Z",
    "10000-01-01", "nl\u0000".replace("\u0000", "\ufffd"), "\u202e", "\U0001f600", "x" * 5_000, "<a>",
    "]]>", "&amp;", "../..", "http://127.0.0.1:1/", "urn:x", "Doel", "toezicht",
)  # fmt: skip
_TAGS = ("a", "INSZ", "Verzoek", "{u}a", "a90712301137", "x90.71.23-011.37", "Naam", "{u}Body")
_VALUES: Sequence[Any] = (
    None, True, 0, -1, 2**63, 2**64, -(2**200), 1.5, 1e308, "", [], {}, [[]], {"a": {}}, KARIM,
    {KARIM: 1}, [KARIM] * 3, {"90.71.23-011.37": 1}, "\ud800", "\u0000", "x" * 5_000, *_TEXTS,
)  # fmt: skip
_JSON = (
    b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-0", b"00", b"0x1", b"9" * 5_000, b"'", b'"', b"\\",
    b"\\u0000", b'"\\ud800"', b'"\xff"', b"\xef\xbb\xbf", b"/**/", b"//", b",", b":", b"{", b"}", b"[", b"]",
    b"[" * 300, b'{"a":' * 300, b"]" * 300, b"null", b'"insz":1,', b'"in\\u0073z":"x",', b"\0", b"\x80",
    f'"{KARIM}":1,'.encode(), f'"x{KARIM}":{{}},'.encode(),
)  # fmt: skip
Spoil = Callable[[Random, bytes], bytes]


def spoil_bytes(rng: Random, data: bytes) -> bytes:
    """Change, take out, put in or repeat a few bytes."""
    spoilt = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at, length = rng.randrange(len(spoilt) + 1), rng.choice((1, 1, 1, 4, 40))
        match rng.randrange(5):
            case 0:
                spoilt[at : at + length] = bytes(rng.choice(_BYTES) for _ in range(length))
            case 1:
                del spoilt[at : at + length]
            case 2:
                spoilt[at:at] = spoilt[at : at + length] * rng.randint(1, 20)
            case 3 if at < len(spoilt):
                spoilt[at] ^= 1 << rng.randrange(8)
            case _:
                del spoilt[at:]
                spoilt += bytes(rng.choice(_BYTES) for _ in range(rng.randrange(3)))
    return bytes(spoilt)


def _spoil_words(rng: Random, words: list[bytes], strange: Sequence[bytes]) -> bytes:
    for _ in range(rng.randint(1, 3)):
        at, other = rng.randrange(len(words) + 1), rng.randrange(len(words) + 1)
        match rng.randrange(5):
            case 0:
                words.insert(at, rng.choice(strange))
            case 1:
                del words[at : at + rng.randint(1, 3)]
            case 2:
                words[at:at] = words[other : other + rng.randint(1, 5)]
            case 3 if at < len(words):
                words[at] = rng.choice(strange)
            case _:
                words[at : at + 1], words[other : other + 1] = (
                    words[other : other + 1],
                    words[at : at + 1],
                )
    return b"".join(words)


def spoil_xml_words(rng: Random, data: bytes) -> bytes:
    """Change, take out, put in or repeat tags and texts."""
    return _spoil_words(rng, _XML_WORDS.findall(data), _XML)


def spoil_json_words(rng: Random, data: bytes) -> bytes:
    """Change, take out, put in or repeat tokens."""
    return _spoil_words(rng, _JSON_WORDS.findall(data), _JSON)


def spoil_xml_tree(rng: Random, data: bytes) -> bytes:
    """Well-formed still, and another message."""
    root = etree.fromstring(data)
    for _ in range(rng.randint(1, 3)):
        every = list(root.iter("*"))
        rng.choice(_TREE)(rng, rng.choice(every), rng.choice(every))
    declared = rng.choice((None, None, "UTF-8", "UTF-16", "ISO-8859-1", "ascii", "utf-32"))
    made = etree.tostring(root, encoding=declared or "ascii", xml_declaration=declared is not None)
    assert isinstance(made, bytes)
    return made


def _take_out(_: Random, element: etree._Element, __: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _repeat(rng: Random, element: etree._Element, _: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.insert(rng.randrange(len(parent) + 1), deepcopy(element))


def _rename(rng: Random, element: etree._Element, other: etree._Element) -> None:
    element.tag = rng.choice((*_TAGS, other.tag))


def _say(rng: Random, element: etree._Element, _: etree._Element) -> None:
    element.text = rng.choice(_TEXTS)


def _attach(rng: Random, element: etree._Element, _: etree._Element) -> None:
    element.set(rng.choice(_TAGS), rng.choice(_TEXTS))


def _nest(_: Random, element: etree._Element, other: etree._Element) -> None:
    element.append(deepcopy(other))


def _dig(rng: Random, element: etree._Element, _: etree._Element) -> None:
    for _depth in range(rng.choice((1, 30, 60))):
        element = etree.SubElement(element, rng.choice(_TAGS[:2]))


def _remark(rng: Random, element: etree._Element, _: etree._Element) -> None:
    element.append(rng.choice((etree.Comment("x"), etree.PI("x", "y"))))


def _shuffle(rng: Random, element: etree._Element, _: etree._Element) -> None:
    element[:] = sorted(element, key=lambda _: rng.random())


_TREE = (_take_out, _repeat, _rename, _say, _attach, _nest, _dig, _remark, _shuffle)


def spoil_json_tree(rng: Random, data: bytes) -> bytes:
    """JSON still, and another message."""
    value = json.loads(data)
    for _ in range(rng.randint(1, 3)):
        value = _changed(rng, value)
    text = json.dumps(value, ensure_ascii=rng.random() < 0.8)
    return text.encode("utf-8", "surrogatepass")


def _changed(rng: Random, value: Any) -> Any:
    if isinstance(value, dict) and value and rng.random() < 0.8:
        key = rng.choice(sorted(value))
        match rng.randrange(4):
            case 0:
                return {k: v for k, v in value.items() if k != key}
            case 1:
                return value | {rng.choice(("a", KARIM, "insz ", "INSZ", "\u0000", key + key)): 1}
            case _:
                return value | {key: _changed(rng, value[key])}
    return rng.choice((*_VALUES, [value], {"a": value}, [value] * 50))


XML: Mapping[str, Spoil] = {
    "bytes": spoil_bytes, "words": spoil_xml_words, "tree": spoil_xml_tree,
}  # fmt: skip
JSON: Mapping[str, Spoil] = {
    "bytes": spoil_bytes, "words": spoil_json_words, "tree": spoil_json_tree,
}  # fmt: skip


def numbers_in(text: str) -> set[str]:
    """Every eleven digits in a text, however they are set apart."""
    return {re.sub(r"\D", "", one) for one in re.findall(r"(?:\d[\s.\-/]*){11}", text)}
