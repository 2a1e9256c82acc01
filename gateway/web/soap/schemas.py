"""The service schemas: compiled to check requests, and as text, whole or as fields leave them."""

import re
from functools import cache, lru_cache
from importlib.resources import as_file, files

from lxml import etree

from gateway.contracts.told_back import told_back
from gateway.domain.rights import Left
from gateway.domain.services import SERVICES
from gateway.web.soap.layout import LAYOUTS
from gateway.web.soap.place import kept
from gateway.web.soap.pruning import prune

_PROLOGUE = re.compile(r"<\?xml.*?\?>|<!--.*?-->", re.DOTALL)
_INCLUDE = re.compile(r'<xs:include schemaLocation="common.xsd"\s*/>')
_SHARED = re.compile(r"<xs:schema[^>]*>(.*)</xs:schema>", re.DOTALL)


class Schemas:
    """One schema per service, by service key (`GeefZorgtoeslag-02.00`), compiled when it is first asked for."""

    def __init__(self) -> None:
        self._compiled = _Compiled()

    def defect(self, key: str, root: etree._Element) -> str | None:
        """Which rule the element breaks, and where; never with a value. `None` if it fits."""
        schema = self._compiled[key]
        if schema.validate(root):
            return None
        error = next(iter(schema.error_log))  # type: ignore[call-overload]  # stubs lag
        element = (error.path or "").replace("*", "").rstrip("/").rpartition("/")[2]
        named = told_back(element) if element else "element"
        return f"line {error.line}: {named} breaks {_rule(error.type_name)}"


class _Compiled(dict[str, etree.XMLSchema]):
    def __missing__(self, key: str) -> etree.XMLSchema:
        self[key] = made = _compile(key)
        return made


def _rule(type_name: str) -> str:
    """libxml2's name of the rule, in words."""
    known = {
        "SCHEMAV_ELEMENT_CONTENT": "the order and number of elements of the schema",
        "SCHEMAV_CVC_PATTERN_VALID": "the pattern of the schema",
        "SCHEMAV_CVC_ENUMERATION_VALID": "the values that the schema lists",
        "SCHEMAV_CVC_MAXLENGTH_VALID": "the length that the schema allows",
        "SCHEMAV_CVC_MINLENGTH_VALID": "the length that the schema asks",
    }
    return known.get(type_name, f"the schema ({type_name.removeprefix('SCHEMAV_').lower()})")


def schema_text(name: str) -> bytes:
    """One schema file as it is shipped (`common` or a service key)."""
    return files("gateway.contracts").joinpath(f"schemas/soap/{name}.xsd").read_bytes()


def whole_schema(key: str, left: Left | None = None) -> str:
    """A service's schema with the shared types written into it; of its answer only what is left.

    NOTE(wire): the shared types are put in as text, because they have no namespace of their own and
    take that of the schema around them; XML libraries drop that while moving nodes.
    """
    return _INCLUDE.sub(lambda _: _shared_types(), _own_text(key, left))


@cache
def _shared_types() -> str:
    shared = _SHARED.search(_PROLOGUE.sub("", schema_text("common").decode()))
    assert shared is not None
    return shared[1]


@lru_cache(maxsize=1_000)
def _own_text(key: str, left: Left | None) -> str:
    """NOTE: there are as many as there are lists of fields in protocols."""
    text, service = schema_text(key), SERVICES[key]
    if left is not None:
        layout = LAYOUTS.get(service.name, ())
        places, certain = (
            kept(layout, service.paths.branches(names)) for names in (left.fields, left.certain)
        )
        text = prune(text, f"{service.name}Response", places, certain)
    return _PROLOGUE.sub("", text.decode())


def _compile(key: str) -> etree.XMLSchema:
    with as_file(files("gateway.contracts").joinpath("schemas/soap")) as folder:
        return etree.XMLSchema(etree.parse(str(folder / f"{key}.xsd")))
