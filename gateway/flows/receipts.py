"""Hands an upload back to its provider: the receipt first, then the file out of the way."""

from gateway.contracts.drop import HANDLED, QUARANTINE, RECEIPT, CompletedUpload, Placement
from gateway.domain.receipt import Receipt, UploadStatus

FOLDER = "/ontvangstbewijzen"
_DONE = frozenset({UploadStatus.DISTRIBUTED, UploadStatus.UNCHANGED})


def hand_back(placement: Placement, upload: CompletedUpload, receipt: Receipt) -> None:
    """Place the receipt as JSON and CSV, and move the upload to `verwerkt` or `quarantaine`."""
    for kind, pieces in ((".csv", receipt.as_csv()), (".json", receipt.as_json())):
        name = f"{upload.name}{RECEIPT}{kind}"
        placement.stage(upload.user, FOLDER, name, pieces)
        placement.release(upload.user, FOLDER, name)
    placement.move_upload(upload, HANDLED if receipt.status in _DONE else QUARANTINE)
