"""Protocol documents: what is shipped holds, and every slip is told with file, line, key and mend."""

import json
import re
from pathlib import Path

import pytest

from gateway.adapters.protocol_files import ProtocolInvalid, load_protocols, read_document
from gateway.adapters.protocol_files.compile import plain
from gateway.adapters.protocol_files.folder import LOCK
from gateway.adapters.protocol_files.schema import json_schema
from tests.builders import PROTOCOLS

NAME = "opgroeien-ahovoks-geefzorgtoeslag.yaml"


def changed(tmp_path: Path, old: str, new: str) -> ProtocolInvalid:
    text = (PROTOCOLS / NAME).read_text("utf-8")
    assert old in text
    (tmp_path / NAME).write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ProtocolInvalid) as caught:
        read_document(tmp_path / NAME)
    return caught.value


def test_the_shipped_documents_hold_and_are_the_published_ones() -> None:
    documents = load_protocols(PROTOCOLS)

    published = dict(line.split() for line in (PROTOCOLS / LOCK).read_text("utf-8").splitlines())
    assert [document.id for document in documents] == ["000", "001", "002", "003", "004"]
    assert {document.ref: document.digest for document in documents} == published


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ("completeness: truncated", "completness: truncated", "source.completness", "unknown key"),
        ("parties:\n", "parties:\n\t", "parties", "a tab; indent with spaces"),
        ('id: "004"', "id: 4", "id", "not text; put it between quotes"),
        ('kbo: "0886886638"', "kbo: 0886886638", "parties.0.kbo", "not text"),
        ('kbo: "0886886638"', 'kbo: "0886886639"', "parties.0.kbo", "modulo 97"),
        ("    article: art. 1\n", "", "flows.0.article", "is missing; add it"),
        ('ground: "6.1.c"', 'ground: "7"', "purposes.1.ground", ""),
        ('    ground: "6.1.c"\n', "", "purposes.1.ground", "is missing"),
        ("purposes: [studietoelage]\n    fields", "purposes: [onderwijs]\n    fields", "flows.0.purposes.0", "no purpose"),
        ("party: ahovoks, access", "party: vutg, access", "units.0.party", "no party"),
        ("fields: [insz, pijler1", "fields: [insz, pijler9", "flows.0.fields.1", "no field"),
        ("service: GeefZorgtoeslag-02.00", "service: GeefIets-01.00", "flows.0.service", "no such service"),
        ("- {id: magda, role: integrator", "- {id: ahovoks, role: integrator", "parties.2.id", "twice"),
        ("date: 2021-07-27, assumed", "date: 2021-07-26, assumed", "lifecycle.in_force.date", "before it was signed"),
        ("name: opgroeien-ahovoks-geefzorgtoeslag", "name: other", "name", "differs from the file"),
        ("authentication: {at_least: eid, article: art. 6}\n", "duties_separated: {article: art. 6}\n", "measures.0.enforced_by", "no flow asks"),
        ("dpia: {required: true, by: ahovoks", "dpia: {required: true, by: vutg", "dpia.by", "no party"),
        ("law_changes:\n  - {party: ahovoks, to: opgroeien", "law_changes:\n  - {party: ahovoks, to: zele", "law_changes.0.to", "no party"),
        ("date: 2021-07-26, outcome", "date: 2021-07-28, outcome", "dpo_advice.1.date", "later than the signature"),
        ('version: "1.0.0"', 'version: "1"', "version", ""),
        ("title: Geef", "title: Geef\ntitle: Geef", "title", "duplicate"),
    ],
)  # fmt: skip
def test_each_slip_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, key: str, says: str
) -> None:
    invalid = changed(tmp_path, old, new)

    defect = next(one for one in invalid.defects if one.key == key and re.search(says, str(one)))
    assert defect.file == NAME
    assert defect.line > 1


def test_a_published_version_that_changed_is_refused(tmp_path: Path) -> None:
    text = (PROTOCOLS / NAME).read_text("utf-8")
    (tmp_path / NAME).write_text(text.replace("period: P10Y", "period: P9Y"), "utf-8")
    (tmp_path / LOCK).write_bytes((PROTOCOLS / LOCK).read_bytes())

    with pytest.raises(ProtocolInvalid, match="published with another content"):
        load_protocols(tmp_path)


def test_comments_and_layout_do_not_change_the_digest(tmp_path: Path) -> None:
    text = (PROTOCOLS / NAME).read_text("utf-8")
    (tmp_path / NAME).write_text("# another comment\n" + text, "utf-8")
    (tmp_path / LOCK).write_bytes((PROTOCOLS / LOCK).read_bytes())

    assert load_protocols(tmp_path)[0].id == "004"


def test_no_person_of_the_sources_is_named() -> None:
    """Only roles and organisations stand in a document: no line holds a personal mail address."""
    text = "".join(path.read_text("utf-8") for path in PROTOCOLS.glob("*.yaml"))

    assert "@" not in text


def test_the_published_json_schema_is_that_of_the_models() -> None:
    """`magda-sim protocol schema > docs/protocol.schema.json` makes it anew."""
    published = json.loads((PROTOCOLS.parents[1] / "docs/protocol.schema.json").read_text("utf-8"))

    assert published == json_schema()


def test_a_later_key_of_the_form_leaves_published_digests_as_they_are() -> None:
    document = read_document(PROTOCOLS / NAME)

    assert "supersedes" not in plain(document)
    assert plain(document)["schema"] == "magda-sim.protocol/1"
