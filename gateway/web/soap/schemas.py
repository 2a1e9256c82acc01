"""The service schemas, compiled once: they check requests in the gateway and answers in its tests."""

from importlib.resources import as_file, files

from lxml import etree

from gateway.web.soap.names import SOAP_NAMES


class Schemas:
    """One compiled schema per service, by service key (`GeefZorgtoeslag-02.00`)."""

    def __init__(self) -> None:
        self._compiled = {name.service.key: _compile(name.service.key) for name in SOAP_NAMES}

    def defect(self, key: str, root: etree._Element) -> str | None:
        """Which rule the element breaks, and where; never with a value. `None` if it fits."""
        schema = self._compiled[key]
        if schema.validate(root):
            return None
        error = next(iter(schema.error_log))  # type: ignore[call-overload]  # stubs lag
        element = (error.path or "").replace("*", "").rstrip("/").rpartition("/")[2]
        return f"line {error.line}: {element or 'element'} breaks {_rule(error.type_name)}"


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


def _compile(key: str) -> etree.XMLSchema:
    with as_file(files("gateway.contracts").joinpath("schemas/soap")) as folder:
        return etree.XMLSchema(etree.parse(str(folder / f"{key}.xsd")))
