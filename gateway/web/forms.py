"""Forms as OAuth's doors read them: small, whole, and every name once."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import Request

from gateway.contracts.faults import RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.oauth import OAuthError, OAuthFault

FORM = "application/x-www-form-urlencoded"
LIMIT = 65_536
_MOST_FIELDS = 50


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a posted form; those without a value count as left out (RFC 6749, 3.2).

    Raises:
        GatewayFault: `message-invalid`, or `too-large`.
    """
    if request.method != "POST":
        raise _invalid("method", "forms are posted here", "send POST")
    body = await request.body()
    if len(body) > LIMIT:
        raise refuse(Reason.TOO_LARGE, f"body: over {LIMIT} bytes", remedy="send a smaller form")
    if request.url.query:
        raise _invalid("query", "nothing is read from the address", "send everything in the form")
    kind = ",".join(request.headers.getlist("content-type")).partition(";")[0]
    if kind.strip().lower() != FORM:
        raise _invalid("content-type", "it is not that of a form", f"send {FORM}")
    return _fields(body)


def _fields(body: bytes) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body),
                          errors="strict", max_num_fields=_MOST_FIELDS)  # fmt: skip
    except ValueError:
        raise _invalid("body", "it cannot be read as a form", "send name=value&name=value, "
                       "each encoded") from None  # fmt: skip
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise _invalid("body", "a name stands in it more than once", "send every name once")
    return {name: value for name, value in pairs if value}


def _invalid(element: str, detail: str, remedy: str) -> RefusedFault:
    return OAuthFault(OAuthError.INVALID_REQUEST, element, detail, remedy)
