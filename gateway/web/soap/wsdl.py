"""Service descriptions: a WSDL for each service, whose address is the one that was called."""

import re
from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from gateway.web.soap.names import PATHS, SOAP_NAMES, SoapName
from gateway.web.soap.schemas import schema_text

_ALL = "urn:magda-sim:services"
_OPENING = (
    '<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"'
    ' xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"'
    ' xmlns:tns="{target}"{prefixes} targetNamespace="{target}">'
)
_PROLOGUE = re.compile(r"<\?xml.*?\?>|<!--.*?-->", re.DOTALL)
_INCLUDE = re.compile(r'<xs:include schemaLocation="common.xsd"\s*/>')
_SHARED = re.compile(r"<xs:schema[^>]*>(.*)</xs:schema>", re.DOTALL)


def describe(path: str, address: str) -> bytes:
    """The WSDL at an endpoint: of its one service, or of all services at a common one.

    NOTE(wire): it is put together as text, because the shared types have no namespace of their own
    and take that of the schema around them; XML libraries drop that while moving nodes.
    """
    name = PATHS[path]
    names = [one for one in SOAP_NAMES if one.service.flow is not None] if name is None else [name]
    target = _ALL if name is None else name.namespace
    prefixes = "".join(f' xmlns:s{i}="{one.namespace}"' for i, one in enumerate(names))
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        _OPENING.format(target=target, prefixes=prefixes),
        "<wsdl:types>",
        *(_schema(one) for one in names),
        "</wsdl:types>",
        *(_messages(one, f"s{i}") for i, one in enumerate(names)),
        *(_port_type(one) for one in names),
        *(_binding(one) for one in names),
        _service(names, address),
        "</wsdl:definitions>",
    ]
    return "\n".join(parts).encode()


def _label(name: SoapName) -> str:
    return f"{name.service.name}_{name.service.version.replace('.', '_')}"


def _schema(name: SoapName) -> str:
    """The service's schema with the shared types written into it."""
    shared = _SHARED.search(_PROLOGUE.sub("", schema_text("common").decode()))
    assert shared is not None
    inner = shared[1]
    own = _PROLOGUE.sub("", schema_text(name.service.key).decode())
    return _INCLUDE.sub(lambda _: inner, own)


def _messages(name: SoapName, prefix: str) -> str:
    def message(direction: str, element: str) -> str:
        return (
            f'<wsdl:message name="{_label(name)}{direction}">'
            f'<wsdl:part name="body" element="{prefix}:{element}"/></wsdl:message>'
        )

    operation = name.service.name
    return message("Request", operation) + message("Response", f"{operation}Response")


def _port_type(name: SoapName) -> str:
    label = _label(name)
    return (
        f'<wsdl:portType name="{label}PortType"><wsdl:operation name="{name.service.name}">'
        f'<wsdl:input message="tns:{label}Request"/><wsdl:output message="tns:{label}Response"/>'
        "</wsdl:operation></wsdl:portType>"
    )


def _binding(name: SoapName) -> str:
    label, body = _label(name), '<soap:body use="literal"/>'
    return (
        f'<wsdl:binding name="{label}Binding" type="tns:{label}PortType">'
        '<soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>'
        f'<wsdl:operation name="{name.service.name}"><soap:operation soapAction=""/>'
        f"<wsdl:input>{body}</wsdl:input><wsdl:output>{body}</wsdl:output>"
        "</wsdl:operation></wsdl:binding>"
    )


def _service(names: Sequence[SoapName], address: str) -> str:
    ports = "".join(
        f'<wsdl:port name="{_label(name)}" binding="tns:{_label(name)}Binding">'
        f"<soap:address location={quoteattr(address)}/></wsdl:port>"
        for name in names
    )
    return f'<wsdl:service name="MagdaSim">{ports}</wsdl:service>'
