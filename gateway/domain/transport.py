"""Which way a flow's files go by its text: `sftp` or `ftps`, or none that it names."""

from datetime import datetime

from gateway.domain.bundle import Bundle


def named_elsewhere(
    bundle: Bundle, flow: str, way: str, at: datetime
) -> tuple[str, str, str] | None:
    """The way that the text in force names for a flow, its protocol and article; `None` where it is this one.

    A text that names no way leaves every way open.
    """
    for document in bundle.opening(flow, at):
        transport = document.flows[flow].transport
        if transport is not None and transport.name != way:
            return transport.name, document.ref, transport.article
    return None
