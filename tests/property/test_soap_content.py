"""The content of SOAP answers is what lxml would write of the same elements, for any record of any layout."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.domain.field_filter import _cut as cut
from gateway.domain.services import SERVICES, Service
from gateway.web.soap.content import Content, writer
from gateway.web.soap.layout import BARE_LAYOUTS, LAYOUTS
from gateway.web.soap.layout import _described as described
from gateway.web.soap.place import Place, text

WHOLE = {name: writer(places) for name, places in LAYOUTS.items()}
LISTED = [(WHOLE[name], places) for name, places in LAYOUTS.items()]
LISTED.append((writer(BARE_LAYOUTS["GeefWebserviceStatus"]), BARE_LAYOUTS["GeefWebserviceStatus"]))
LEFT = Content(LAYOUTS)
XML_TEXT = st.text(
    st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cn"])
    | st.sampled_from("\t\n<>&'\"]")
)
PLAIN = (
    XML_TEXT.filter(lambda one: all(ord(char) not in (0xFFFE, 0xFFFF) for char in one))
    | st.integers()
    | st.booleans()
)
DESCRIBED = st.fixed_dictionaries({"taal": st.sampled_from(["nl", "fr"]), "tekst": PLAIN.map(str)})

OURS = st.sampled_from(["consulted", "2025-03-10T08:00:00.000+01:00", "2", True, 1])
"""What is shown in a form of its own, and is no text of a stranger."""


def values(place: Place) -> st.SearchStrategy[Any]:
    """What a record may hold where this place looks."""
    if not place.parts:
        return (
            DESCRIBED if place.render is described else OURS if place.render is not text else PLAIN
        )
    inner = records(place.parts)
    return st.lists(inner, max_size=3) if place.is_list else inner


def records(places: tuple[Place, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Records with any of their members, some of them `None`; members that no place shows beside them."""
    members: dict[str, st.SearchStrategy[Any]] = {"unknown": PLAIN}
    loose = [part for place in places for part in shown(place)]
    for place in loose:
        assert place.key is not None
        if place.key in members and place.render is text:
            continue
        found = values(place)
        members[place.key] = found if place.is_list else st.none() | found
    return st.fixed_dictionaries({}, optional=members)


def shown(place: Place) -> list[Place]:
    """The places that look into the record itself: those of a group without a key as well."""
    if place.key is not None:
        return [place]
    return [one for part in place.parts for one in shown(part)]


def built(place: Place, record: dict[str, Any]) -> list[etree._Element]:
    """The elements, one by one."""
    if place.is_list:
        return [one for inner in record.get(str(place.key), ()) for one in grouped(place, inner)]
    found = record if place.key is None else record.get(place.key)
    if found is None:
        return []
    if place.parts:
        return grouped(place, found)
    if place.render is not text:
        return [etree.fromstring(place.render(place.element, found))]
    element = etree.Element(place.element)
    element.text = str(found)
    return [element]


def grouped(place: Place, record: dict[str, Any]) -> list[etree._Element]:
    parts = [one for part in place.parts for one in built(part, record)]
    if not parts:
        return []
    element = etree.Element(place.element)
    element.extend(parts)
    return [element]


SHOWN = [one for one in SERVICES.values() if one.name in LAYOUTS and one.paths]


@pytest.mark.parametrize("service", SHOWN, ids=lambda one: one.key)
@given(data=st.data())
def test_what_is_left_of_a_record_is_written_as_by_the_whole_layout(
    service: Service, data: st.DataObject
) -> None:
    places, whole = LAYOUTS[service.name], WHOLE[service.name]
    fields = tuple(sorted(data.draw(st.sets(st.sampled_from(sorted(service.paths)), min_size=1))))
    left = cut(data.draw(records(places)), service.paths.branches(fields))

    told = LEFT.writer(service, fields)(left)

    assert told == whole(left)


def test_a_writer_is_made_once_for_the_same_fields_of_a_service() -> None:
    content, (one, other, *_) = Content(LAYOUTS), SHOWN
    fields = tuple(one.paths)[:1]

    assert content.writer(one, fields) is content.writer(one, (*fields,))
    assert content.writer(one, fields) is not content.writer(one, tuple(one.paths)[:2])
    assert content.writer(one, ()) is not content.writer(other, ())


@pytest.mark.parametrize("listed", LISTED, ids=[*LAYOUTS, "bare status"])
@given(data=st.data())
def test_content_is_what_lxml_writes(listed: Any, data: st.DataObject) -> None:
    write, places = listed
    record = data.draw(records(places))

    expected = [one for place in places for one in built(place, record)]

    assert (
        write(record) == b"".join(etree.tostring(one, method="c14n") for one in expected).decode()
    )
