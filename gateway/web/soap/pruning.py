"""Cuts the schema of an answer down to the places that can still be filled."""

from lxml import etree

from gateway.web.soap.place import Place

_XS = "{http://www.w3.org/2001/XMLSchema}"
_ELEMENT, _SEQUENCE = f"{_XS}element", f"{_XS}complexType/{_XS}sequence"
_CONTENT = "Inhoud"
Places = tuple[Place, ...]


def prune(schema: bytes, root: str, places: Places, certain: Places) -> bytes:
    """The schema, with in the content of the answer `root` these places and no others.

    Those that are not `certain` may be absent, and so may an element that lost all that it must hold:
    an answer leaves out what is empty.
    """
    document = etree.fromstring(schema)
    response = document.find(f"{_ELEMENT}[@name='{root}']")
    assert response is not None
    content = next(one for one in response.iter(_ELEMENT) if one.get("name") == _CONTENT)
    _cut(content, places, certain)
    if not places:
        _remove(content)
    return etree.tostring(document)


def _cut(element: etree._Element, places: Places, certain: Places) -> bool:
    """Leave of an element these places; whether it lost any, or is less sure of them."""
    left = {place.element: place.parts for place in places}
    sure = {place.element: place.parts for place in certain}
    changed = False
    for child in element.findall(f"{_SEQUENCE}/{_ELEMENT}"):
        name = str(child.get("name"))
        changed |= name not in sure
        if name not in left:
            _remove(child)
        else:
            _relax(child, may_lack=name not in sure)
            if left[name]:
                changed |= _cut(child, left[name], sure.get(name, ()))
    _relax(element, may_lack=changed and _needs_nothing(element))
    return changed


def _needs_nothing(element: etree._Element) -> bool:
    return all(one.get("minOccurs") == "0" for one in element.findall(f"{_SEQUENCE}/{_ELEMENT}"))


def _relax(element: etree._Element, *, may_lack: bool) -> None:
    if may_lack:
        element.set("minOccurs", "0")


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)
