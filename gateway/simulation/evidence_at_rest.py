"""Evidence from a data folder, whether or not a space runs on it: the log, its key and the law."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.adapters.checkpoint_records import FILE, CheckpointRecords
from gateway.adapters.log import LogReader
from gateway.adapters.signing import LogNotary
from gateway.bootstrap import evidence_of, law_folder
from gateway.bootstrap.log import LOG, log_origin
from gateway.flows.evidence_bundle import Evidence
from gateway.settings import Settings
from gateway.simulation.keyring import Keyring
from gateway.simulation.secret_file import has_own_secret, open_secrets


@contextmanager
def evidence_at_rest(data: Path, settings: Settings, space: str) -> Iterator[Evidence]:
    """What makes bundles of the log in this folder; it only reads.

    Raises:
        FileNotFoundError: there is no log.
    """
    if not (data / LOG).exists() or not (data / FILE).exists():
        raise FileNotFoundError(f"there is no log in {data}, with the checkpoints of it")
    kind = "random" if has_own_secret(data) else settings.secrets
    keyring = Keyring(open_secrets(space, settings.model_copy(update={"secrets": kind}), data))
    reader, law = LogReader(data / LOG), law_folder(settings, data)
    documents = law.load()
    notary = LogNotary(keyring.private_key("log"), log_origin(space), reader.head)
    published = CheckpointRecords(data / FILE, read_only=True)
    try:
        yield evidence_of(reader, notary, published, law, lambda: documents)
    finally:
        published.close()
        reader.close()
