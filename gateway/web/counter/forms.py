"""Forms in: what a browser sends, as the strict bodies that the REST service takes too."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from gateway.web.rest.decoding import BodyInvalid
from gateway.web.rest.dossier import IdentityBody, QuestionBody

T = TypeVar("T")
_MOST_FIELDS = 20
_ADDRESS = ("straat", "huisnummer", "busnummer", "postcode", "gemeente", "land")
_ELEMENTS = ("bedrag", "rekeningnummer")


def fields(body: bytes) -> Mapping[str, str]:
    """The fields of a form that were filled in; blanks around a value do not count.

    Raises:
        BodyInvalid: no form, or a field that stands twice.
    """
    try:
        pairs = parse_qsl(
            body.decode("ascii"), strict_parsing=bool(body), max_num_fields=_MOST_FIELDS,
            errors="strict", keep_blank_values=True,
        )  # fmt: skip
    except ValueError:
        raise BodyInvalid("the body is no form") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BodyInvalid("a field stands twice")
    return {name: value.strip() for name, value in found.items() if value.strip()}


def question(body: bytes) -> QuestionBody:
    """A citizen's question.

    Raises:
        BodyInvalid: a field is missing, unknown or too long.
    """
    return _strict(fields(body), QuestionBody)


def identity(body: bytes) -> IdentityBody:
    """What the citizen states about themselves and about the file.

    Raises:
        BodyInvalid: a field is unknown or too long.
    """
    sent = fields(body)
    address, elements = _some(sent, _ADDRESS), _some(sent, _ELEMENTS)
    person = {name: value for name, value in sent.items() if name not in address | elements}
    return _strict(person | {"adres": address, "elementen": elements}, IdentityBody)


def _some(sent: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    return {name: sent[name] for name in names if name in sent}


def _strict(members: Mapping[str, Any], body: type[T]) -> T:
    try:
        return msgspec.convert(members, body)
    except msgspec.ValidationError:
        raise BodyInvalid("a field is missing, unknown or too long") from None
