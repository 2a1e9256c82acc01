"""Our own envelopes as text: canonical by construction, so that they are signed without being parsed."""

from gateway.web.soap.names import ENVELOPE_NS

OPENING = (
    f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{ENVELOPE_NS}">'
    "<soapenv:Header/><soapenv:Body>"
)
CLOSING = "</soapenv:Body></soapenv:Envelope>"


def enveloped(content: str) -> str:
    """The envelope around the content of a Body.

    INVARIANT: the content is in exclusive canonical form, if each of its namespaces is declared where it
    is used. What is written here has no empty elements and no carriage returns but as `&#xD;`.
    """
    if "\r" in content:
        content = content.replace("\r", "&#xD;")
    return f"{OPENING}{content}{CLOSING}"
