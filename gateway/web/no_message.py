"""What is said of what never becomes a message, before anything of the gateway could see it."""

from http import HTTPStatus

from gateway.contracts.faults import Ground, Refusal
from gateway.contracts.reasons import Reason
from gateway.web.door_limits import DoorLimits
from gateway.web.rest.problems import body_of, problem


class NotTaken(Exception):
    """No message that we take."""

    def __init__(self, reason: Reason, detail: str, remedy: str) -> None:
        super().__init__(detail)
        self.ground = Ground(reason=reason, detail=detail, remedy=remedy)


def invalid(detail: str) -> NotTaken:
    """It is not what a message has to be."""
    return NotTaken(Reason.MESSAGE_INVALID, detail, "send one whole HTTP/1.1 message at a time")


def too_long(limits: DoorLimits) -> NotTaken:
    """Its head has more than a head may have."""
    detail = f"the head is longer than {limits.head_bytes} bytes or {limits.head_fields} fields"
    return NotTaken(Reason.TOO_LARGE, detail, "send fewer and shorter header fields")


def endless(limits: DoorLimits) -> NotTaken:
    """What frames its body does not come to an end."""
    return invalid(f"more than {limits.head_bytes} bytes stand between its chunks or behind it")


def answer_of(why: NotTaken) -> bytes:
    """The answer, with which the connection ends."""
    reply = problem(Refusal((why.ground,)), None)
    body = body_of(reply, None)
    head = (
        f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n"
        f"content-type: {reply.media_type}\r\ncontent-length: {len(body)}\r\n"
        "connection: close\r\n\r\n"
    )
    return head.encode() + body
