"""What differs between two documents, clause by clause, and which way it works."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gateway.adapters.protocol_files.compile import plain
from gateway.adapters.protocol_files.difference import Change, differences
from gateway.adapters.protocol_files.library import read_folder
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.adapters.protocol_files.switches import turned
from tests.builders import PROTOCOLS

MODELS = {model.id: model for model in read_folder(PROTOCOLS)}
Edit = Callable[[dict[str, Any]], object]


def changed(key: str, edit: Edit) -> list[Change]:
    content = json.loads(json.dumps(plain(MODELS[key])))
    edit(content)
    return list(differences(MODELS[key], DocumentModel.model_validate_json(json.dumps(content))))


def item(content: dict[str, Any], listed: str, key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in content[listed] if one["id"] == key)
    return found


def flow(content: dict[str, Any], key: str) -> dict[str, Any]:
    return item(content, "flows", key)


CARE, DOSSIER, LIST, PAID = (
    "zorgtoeslag", "jobbonus-dossier", "inburgering-jaarlijst", "zele-betaalbestand",
)  # fmt: skip
LOOSENS, TIGHTENS = "loosens", "tightens"
EDITS: list[tuple[str, Edit, tuple[str, str, str | None]]] = [
    ("004", lambda c: flow(c, CARE)["fields"].remove("pijler1"), ("field", "removed", TIGHTENS)),
    ("003", lambda c: flow(c, PAID)["fields"].remove("bedrag"), ("field", "removed", TIGHTENS)),
    ("004", lambda c: flow(c, CARE).pop("authentication"), ("flow", "removed", LOOSENS)),
    ("004", lambda c: flow(c, CARE)["authentication"].update(at_least="password"), ("flow", "changed", LOOSENS)),
    ("004", lambda c: flow(c, CARE)["requires"].clear(), ("fact", "removed", LOOSENS)),
    ("004", lambda c: flow(c, CARE).update(refuses_unlisted=True), ("flow", "added", TIGHTENS)),
    ("004", lambda c: flow(c, CARE).update(windows={"months": [7], "article": "art. 5"}), ("window", "added", TIGHTENS)),
    ("003", lambda c: flow(c, PAID)["windows"]["months"].append(3), ("window", "added", LOOSENS)),
    ("003", lambda c: flow(c, PAID)["windows"]["months"].remove(1), ("window", "removed", TIGHTENS)),
    ("003", lambda c: flow(c, PAID)["channel"]["drop_term"].update(period="P2M"), ("term", "changed", LOOSENS)),
    ("002", lambda c: flow(c, LIST)["quota"].update(max=2), ("quota", "changed", LOOSENS)),
    ("002", lambda c: flow(c, LIST).pop("quota"), ("quota", "removed", LOOSENS)),
    ("002", lambda c: flow(c, LIST).update(open_from="2023-01-01"), ("window", "changed", TIGHTENS)),
    ("000", lambda c: flow(c, DOSSIER)["session"].update(max="PT10M"), ("term", "changed", TIGHTENS)),
    ("000", lambda c: item(c, "units", "dv-diensten").update(access="granted"), ("unit", "changed", LOOSENS)),
    ("000", lambda c: c["units"].pop(0), ("unit", "removed", TIGHTENS)),
    ("000", lambda c: c["units"].pop(1), ("unit", "removed", None)),
    ("001", lambda c: item(c, "purposes", "audit").update(case_required=False), ("purpose", "changed", LOOSENS)),
    ("001", lambda c: item(c, "units", "infino")["purposes"].append("audit"), ("unit", "added", LOOSENS)),
    ("001", lambda c: flow(c, "jobbonusplus-mutaties").update(consumers=["opgroeien"]), ("consumer", "removed", TIGHTENS)),
    ("001", lambda c: c["lifecycle"].pop("suspension"), ("lifecycle", "removed", None)),
    ("001", lambda c: c["lifecycle"]["termination"].update(notice="P6M"), ("lifecycle", "changed", None)),
    ("001", lambda c: c["onward"].update(rule="forbidden"), ("onward", "changed", TIGHTENS)),
    ("004", lambda c: c["retention"][0].update(period="P5Y"), ("retention", "changed", TIGHTENS)),
    ("004", lambda c: c["measures"].pop(2), ("measures", "removed", LOOSENS)),
    ("002", lambda c: item(c, "fields", "reden").pop("only_if"), ("field", "removed", LOOSENS)),
    ("004", lambda c: c["quality"].update(provider_within="P14D"), ("term", "changed", None)),
    ("004", lambda c: c["dpia"].update(gate=True), ("dpia", "added", TIGHTENS)),
    ("004", lambda c: c.update(title="Iets anders"), ("title", "changed", None)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "edit", "expected"), EDITS, ids=[f"{k} {'-'.join(map(str, e))} {n}" for n, (k, _, e) in enumerate(EDITS)]
)  # fmt: skip
def test_one_changed_clause_is_one_kind_of_change(
    key: str, edit: Edit, expected: tuple[str, str, str | None]
) -> None:
    found = changed(key, edit)

    assert {(one.what, one.how, one.effect) for one in found} == {expected}
    if expected[0] != "title":
        assert all(one.articles for one in found)


def test_a_document_does_not_differ_from_itself_nor_for_its_version_or_examples() -> None:
    for model in MODELS.values():
        assert list(differences(model, model)) == []
    edit = changed("004", lambda c: c.update(version="1.1.0", supersedes="1.0.0", examples=[]))
    assert edit == []


def test_what_loosens_one_way_tightens_the_other() -> None:
    opposite = {"loosens": "tightens", "tightens": "loosens", None: None}
    for model in MODELS.values():
        for finding in (one for one in model.findings if one.turn):
            other = turned(model, [finding.code])
            there, back = differences(model, other), differences(other, model)
            assert there, finding.code
            assert {(c.where, c.effect) for c in back} == {
                (c.where, opposite[c.effect]) for c in there
            }


def test_a_clause_that_comes_or_goes_is_told_once_with_its_article() -> None:
    (change,) = changed("004", lambda c: flow(c, CARE).pop("authentication"))
    assert (change.where, change.articles) == ("flows.zorgtoeslag.authentication", ("art. 6",))

    (field,) = changed("004", lambda c: flow(c, CARE)["fields"].remove("pijler1"))
    assert field.articles == ("art. 3, gegeven 2",)


def test_an_article_that_moved_is_a_change() -> None:
    found = changed("004", lambda c: flow(c, CARE)["requires"][0].update(article="art. 6"))

    assert [(one.old, one.new) for one in found] == [("art. 3", "art. 6")]
