"""Hands an upload back to its provider: the receipt first, then the file out of the way."""

import json

from gateway.contracts.drop import HANDLED, QUARANTINE, RECEIPT, CompletedUpload, Placement
from gateway.domain.receipt import Receipt, UploadStatus

FOLDER = "/ontvangstbewijzen"
_DONE = frozenset({UploadStatus.DISTRIBUTED, UploadStatus.UNCHANGED})


def hand_back(placement: Placement, upload: CompletedUpload, receipt: Receipt) -> None:
    """Place the receipt as JSON and CSV, and move the upload to `verwerkt` or `quarantaine`."""
    text = json.dumps(receipt.as_json(), ensure_ascii=False, separators=(",", ":")).encode()
    table = f"{upload.name}{RECEIPT}.csv"
    placement.stage(upload.user, FOLDER, table, receipt.as_csv())
    placement.release(upload.user, FOLDER, table)
    placement.place(upload.user, FOLDER, f"{upload.name}{RECEIPT}.json", text)
    placement.move_upload(upload, HANDLED if receipt.status in _DONE else QUARANTINE)
