"""A SOAP message that was looked into: its envelope, and how its sender wants the answer signed."""

from dataclasses import dataclass

from lxml import etree


@dataclass(frozen=True, slots=True)
class AnswerStyle:
    """How the sender signs, so that it can check our signature with what it has."""

    is_rsa: bool
    is_path: bool
    is_timed: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """Implements what `Message.opened` holds on the SOAP wire. Without `style` the answer is not signed."""

    envelope: etree._Element
    style: AnswerStyle | None
