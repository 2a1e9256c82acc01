"""Service descriptions: a WSDL for each service, whose address is the one that was called."""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from gateway.domain.rights import Left
from gateway.domain.services import Service
from gateway.web.soap.names import PATHS, SOAP_NAMES, SoapName
from gateway.web.soap.schemas import whole_schema

_ALL = "urn:magda-sim:services"
_OPENING = (
    '<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"'
    ' xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"'
    ' xmlns:tns="{target}"{prefixes} targetNamespace="{target}">'
)
Leaving = Mapping[str, Left]
"""What is left of services, by key; of one that is not named, everything."""


def services_at(path: str) -> Sequence[Service]:
    """The services described at an endpoint: its own one, or all at a common one."""
    return [name.service for name in _names_at(path)]


def describe(path: str, address: str, left: Leaving, note: str = "") -> bytes:
    """The WSDL at an endpoint: of its one service, or of all services at a common one."""
    names = _names_at(path)
    target = _ALL if PATHS[path] is None else names[0].namespace
    prefixes = "".join(f' xmlns:s{i}="{one.namespace}"' for i, one in enumerate(names))
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        _OPENING.format(target=target, prefixes=prefixes),
        f"<wsdl:documentation>{escape(note)}</wsdl:documentation>" if note else "",
        "<wsdl:types>",
        *(whole_schema(one.service.key, left.get(one.service.key)) for one in names),
        "</wsdl:types>",
        *(_messages(one, f"s{i}") for i, one in enumerate(names)),
        *(_port_type(one) for one in names),
        *(_binding(one) for one in names),
        _service(names, address),
        "</wsdl:definitions>",
    ]
    return "\n".join(parts).encode()


def schema(key: str, left: Leaving) -> bytes:
    """One service's schema by itself."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{whole_schema(key, left.get(key))}'.encode()


def _names_at(path: str) -> Sequence[SoapName]:
    name = PATHS[path]
    if name is not None:
        return [name]
    return [one for one in SOAP_NAMES if one.service.flow is not None]


def _label(name: SoapName) -> str:
    return f"{name.service.name}_{name.service.version.replace('.', '_')}"


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
