"""Protocols as YAML files: read with line numbers, checked strictly, compiled for the decision."""

from gateway.adapters.protocol_files.checked import check_files, read_document
from gateway.adapters.protocol_files.library import (
    FileProtocolLibrary,
    initial_events,
    load_protocols,
    plain_documents,
    read_turned,
)
from gateway.adapters.protocol_files.reader import Defect, ProtocolInvalid

__all__ = [
    "Defect",
    "FileProtocolLibrary",
    "ProtocolInvalid",
    "check_files",
    "initial_events",
    "load_protocols",
    "plain_documents",
    "read_document",
    "read_turned",
]
