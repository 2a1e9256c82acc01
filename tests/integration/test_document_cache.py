"""Compiled documents kept on disk: the same law as a cold reading, and never anything else."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.adapters.protocol_files import ProtocolInvalid, cache, load_protocols
from gateway.adapters.protocol_files import library as loading
from gateway.adapters.protocol_files.cache import DocumentCache
from gateway.adapters.protocol_files.checked import document_of
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.domain.protocol_document import ProtocolDocument
from tests.builders import PROTOCOLS

CARE = "opgroeien-ahovoks-geefzorgtoeslag.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped documents, without their LOCK."""
    copies = tmp_path / "protocols"
    copies.mkdir()
    for path in PROTOCOLS.glob("*.yaml"):
        (copies / path.name).write_bytes(path.read_bytes())
    return copies


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were read as YAML."""
    names: list[str] = []

    def read(name: str, raw: bytes) -> DocumentModel:
        names.append(name)
        return document_of(name, raw)

    monkeypatch.setattr(loading, "document_of", read)
    return names


def entries(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache").iterdir())


def load(folder: Path, tmp_path: Path) -> tuple[ProtocolDocument, ...]:
    return load_protocols(folder, cache=DocumentCache(tmp_path / "cache"))


def told(folder: Path, kept: DocumentCache | None) -> list[str]:
    with pytest.raises(ProtocolInvalid) as caught:
        load_protocols(folder, cache=kept)
    return [str(defect) for defect in caught.value.defects]


def test_a_warm_reading_equals_a_cold_one_and_reads_no_yaml(
    folder: Path, tmp_path: Path, parsed: list[str]
) -> None:
    without = load_protocols(folder)
    cold = load(folder, tmp_path)
    parsed.clear()

    warm = load(folder, tmp_path)

    assert parsed == []
    assert without == cold == warm
    assert [list(d.flows) for d in warm] == [list(d.flows) for d in cold]
    assert [list(d.parties) for d in warm] == [list(d.parties) for d in cold]
    assert [d.digest for d in warm] == [d.digest for d in cold]


def test_entries_are_private(folder: Path, tmp_path: Path) -> None:
    load(folder, tmp_path)

    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700
    assert [stat.S_IMODE(entry.stat().st_mode) for entry in entries(tmp_path)] == [0o600] * 5


def test_a_file_that_changed_is_read_again_and_no_other(
    folder: Path, tmp_path: Path, parsed: list[str]
) -> None:
    load(folder, tmp_path)
    text = (folder / CARE).read_text("utf-8")
    (folder / CARE).write_text(text.replace("period: P10Y", "period: P9Y"), "utf-8")
    parsed.clear()

    warm = load(folder, tmp_path)

    assert parsed == [CARE]
    assert warm == load_protocols(folder)
    assert warm[4].flows["zorgtoeslag"].retention.label == "P9Y dossier"


def test_a_bad_file_is_told_the_same_with_and_without(folder: Path, tmp_path: Path) -> None:
    load(folder, tmp_path)
    text = (folder / CARE).read_text("utf-8")
    (folder / CARE).write_text(text.replace("kind: further", "kind: frther"), "utf-8")
    kept = DocumentCache(tmp_path / "cache")

    first, second = told(folder, kept), told(folder, kept)

    assert first == second == told(folder, None)
    assert first[0].startswith(f"{CARE}:34: purposes.1.kind: ")


def test_defects_between_documents_are_found_among_kept_ones(folder: Path, tmp_path: Path) -> None:
    text = (folder / CARE).read_text("utf-8").replace('id: "004"', 'id: "104"')
    stem = CARE.removesuffix(".yaml")
    load(folder, tmp_path)
    (folder / "twin.yaml").write_text(text.replace(f"name: {stem}", "name: twin"), "utf-8")
    kept = DocumentCache(tmp_path / "cache")

    assert told(folder, kept) == told(folder, kept) == told(folder, None)
    assert told(folder, kept)[0].startswith("twin.yaml:45: flows.0.id: opens `zorgtoeslag`")


@pytest.mark.parametrize(
    "garble",
    [
        lambda raw: b"",
        lambda raw: raw[:10],
        lambda raw: raw[:-20],
        lambda raw: raw.replace(b'"granted"', b'"refused"'),
        lambda raw: raw.replace(b"art. 3", b"art. 4"),
        lambda raw: b"\x80\x04cos\nsystem\n.",
        lambda raw: cache._digest(b"{}") + b"{}",
        lambda raw: cache._digest(b"[[[") + b"[[[",
        lambda raw: cache._digest(raw[64:].replace(b'"granted"', b'"given"')) + raw[64:].replace(b'"granted"', b'"given"'),
    ],
    ids=["empty", "stump", "cut", "access", "article", "pickle", "other", "no JSON", "no word"],
)  # fmt: skip
def test_an_entry_that_is_not_whole_is_passed_over_and_made_again(
    folder: Path, tmp_path: Path, parsed: list[str], garble: Callable[[bytes], bytes]
) -> None:
    cold = load(folder, tmp_path)
    whole = {entry: entry.read_bytes() for entry in entries(tmp_path)}
    for entry, raw in whole.items():
        entry.write_bytes(garble(raw))
        assert garble(raw) != raw
    parsed.clear()

    warm = load(folder, tmp_path)

    assert warm == cold
    assert len(parsed) == 5
    assert load(folder, tmp_path) == cold
    assert len(parsed) == 5


def test_another_form_of_the_loader_reads_everything_again(
    folder: Path, tmp_path: Path, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load(folder, tmp_path)
    parsed.clear()
    monkeypatch.setattr(cache, "form", lambda: b"another")

    load(folder, tmp_path)

    assert len(parsed) == 5


def test_the_name_of_a_file_counts_too(folder: Path, tmp_path: Path) -> None:
    load(folder, tmp_path)
    (folder / CARE).rename(folder / "other.yaml")

    assert "differs from the file's name" in told(folder, DocumentCache(tmp_path / "cache"))[0]


@pytest.mark.parametrize("mode", [0o777, 0o770])
def test_a_cache_that_others_can_write_is_not_used(
    folder: Path, tmp_path: Path, parsed: list[str], mode: int
) -> None:
    load(folder, tmp_path)
    (tmp_path / "cache").chmod(mode)
    parsed.clear()

    load(folder, tmp_path)

    assert len(parsed) == 5


def test_a_cache_that_cannot_be_made_is_none(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file stands here")

    assert load(folder, tmp_path) == load_protocols(folder)


def test_what_no_file_leads_to_any_more_is_dropped(folder: Path, tmp_path: Path) -> None:
    text = (folder / CARE).read_text("utf-8")
    for years in range(1, 20):
        (folder / CARE).write_text(text.replace("period: P10Y", f"period: P{years}Y"), "utf-8")
        load(folder, tmp_path)

    assert 5 <= len(entries(tmp_path)) <= 11


def test_another_folder_of_the_process_reads_no_yaml_and_a_changed_file_is_read(
    folder: Path, tmp_path: Path, parsed: list[str]
) -> None:
    shared = cache.AtHand()
    first = load_protocols(folder, cache=DocumentCache(tmp_path / "one", shared))
    parsed.clear()

    assert load_protocols(folder, cache=DocumentCache(tmp_path / "other", shared)) == first
    assert parsed == []
    (folder / CARE).write_bytes((folder / CARE).read_bytes() + b"# changed\n")
    load_protocols(folder, cache=DocumentCache(tmp_path / "third", shared))
    assert parsed == [CARE]


def test_only_the_last_documents_are_at_hand(folder: Path, tmp_path: Path) -> None:
    shared = cache.AtHand()
    (document, *_) = load_protocols(folder, cache=DocumentCache(tmp_path / "one", shared))
    for number in range(100):
        shared.put(str(number), document)
    assert [n for n in range(100) if shared.get(str(n)) is not None] == list(range(68, 100))
