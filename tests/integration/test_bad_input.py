"""What is wrong with a document is told with file, line, key and mend: each kind of slip, one by one."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.adapters.protocol_files import ProtocolInvalid, load_protocols, read_document
from gateway.adapters.protocol_files.compile import compile_document
from gateway.adapters.protocol_files.folder import LOCK
from tests.builders import PROTOCOLS

CARE = "opgroeien-ahovoks-geefzorgtoeslag.yaml"
WEWIS = "wewis-groeipakket-jobbonusplus.yaml"
VLABEL = "vlabel-dv-jobbonus.yaml"
ZELE = "vutg-zele-betaalbestand.yaml"
DUTY = "agii-avsb-inburgeringsplicht.yaml"
EXAMPLE = 'flow: zorgtoeslag, at: "2025-03-10T12:00:00+01:00", facts: [registered], expect: permit'
GROUNDS = "one of: 6.1.a, 6.1.b, 6.1.c, 6.1.d, 6.1.e"
CITE = (
    'such as `art. 3`, "art. 3, gegeven 1", `art. 2 b 2°`, `overw. C2`, "1.1", `inleiding`, '
    "`titel` or `partijen`"
)
PERIOD = "write a period longer than nothing, such as P10Y, P3M, P2W, P14D, PT24H or PT15M"
KBO = "fails modulo 97; correct it, or set `kbo_as_printed: true` and add a finding"
NO_UNIT = (
    "no unit that is granted access shares a purpose with this flow; "
    "add a unit, or correct its purposes"
)
ORIGINAL = (
    "is the provider's original purpose; who receives has another; "
    "name a purpose of `kind: further`"
)


def told(path: Path) -> list[str]:
    with pytest.raises(ProtocolInvalid) as caught:
        read_document(path)
    return [str(defect) for defect in caught.value.defects]


def edited(folder: Path, name: str, old: str, new: str) -> tuple[Path, int]:
    """A copy with one change, and the line on which the change begins."""
    text = (PROTOCOLS / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), "utf-8")
    return folder / name, text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("name", "old", "new", "lines_on", "expected"),
    [
        # a key that the form does not know, and a tab
        (CARE, "completeness: truncated", "completness: truncated", 0,
         "source.completness: unknown key; did you mean `completeness`? else remove it, or correct its name"),
        (CARE, "title: Geef", "colour: red\ntitle: Geef", 0,
         "colour: unknown key; remove it, or correct its name"),
        (CARE, "parties:\n  -", "parties:\n\t-", 1, "parties: a tab; indent with spaces"),
        (CARE, "title: Geef", "title: Geef\n \tx", 1, "title: a tab; indent with spaces"),
        # a number where a name belongs
        (CARE, 'id: "004"', "id: 004", 0, 'id: is not text; put it between quotes: "004"'),
        (CARE, 'version: "1.0.0"', "version: 1.0", 0, 'version: is not text; put it between quotes: "1.0"'),
        (WEWIS, 'ref: "07/2020"', "ref: 07", 0,
         'legal_frame.related.0.ref: is not text; put it between quotes: "07"'),
        (CARE, 'kbo: "0886886638"', "kbo: 0886886638", 0,
         'parties.0.kbo: is not text; put it between quotes: "0886886638"'),
        (CARE, 'id: "004"', "id: 4000000000000000000", 0,
         'id: a number of this length; put it between quotes: "4000000000000000000"'),
        # an article that does not exist
        (WEWIS, "notice: P3M, article: art. 12", "notice: P3M, article: art. 13", 0,
         "lifecycle.termination.article: the text has no `art. 13`; cite one that it has: art. 1 to art. 12 (`source.articles`)"),
        (WEWIS, "suspension: {article: art. 8}", "suspension: {article: overw. E}", 0,
         "lifecycle.suspension.article: the text has no `overw. E`; its recitals are: A, B, C, C1, C2, C3, D, F, G (`source.recitals`)"),
        (VLABEL, "quality: {report: immediately, provider_within: P1M, article: art. 7}",
         "quality: {report: immediately, provider_within: P1M, article: art. 11}", 0,
         "quality.article: the text has no `art. 11`; cite one that it has: art. 1 to art. 10 (`source.articles`)"),
        (CARE, 'category: disability-score, article: "art. 3, gegeven 2"', 'category: disability-score, article: "art. 3, gegeven 9"', 0,
         "fields.1.article: the text has no `art. 3, gegeven 9`; cite one that it has: art. 3; art. 3, gegeven 1; art. 3, gegeven 2; art. 3, gegeven 3 (`source.articles`)"),
        (ZELE, 'derived: municipal-amount, article: "1.1"', 'derived: municipal-amount, article: "1.2"', 0,
         "fields.9.article: the text has no `1.2`; its other places are: partijen, titel, inleiding, 1.1, 2.1, 2.2, 2.3 (`source.sections`)"),
        (CARE, "fields_article: art. 3", "fields_article: artikel 3", 0,
         f"flows.0.fields_article: `artikel 3` has the wrong form; write {CITE}"),
        (CARE, "    article: art. 1\n", "", -13, f"flows.0.article: is missing; add it: {CITE}"),
        # a purpose without ground
        (CARE, '    ground: "6.1.c"\n', "", -3, f"purposes.1.ground: is missing; add it: {GROUNDS}"),
        (CARE, 'ground: "6.1.c"', 'ground: ""', 0, f"purposes.1.ground: is empty; fill it in: {GROUNDS}"),
        (CARE, 'ground: "6.1.c"', "ground:", 0, f"purposes.1.ground: is empty; fill it in: {GROUNDS}"),
        (CARE, 'ground: "6.1.c"', 'ground: "6.1.f"', 0,
         f"purposes.1.ground: `6.1.f` is not known here; did you mean `6.1.e`? {GROUNDS}"),
        # a period that ends before it starts, or is none
        (CARE, "date: 2021-07-27, assumed", "date: 2021-07-26, assumed", 0,
         "lifecycle.in_force.date: starts before it was signed; 2021-07-27 or later, or correct that date"),
        (CARE, "date: 2021-07-26, outcome", "date: 2021-07-28, outcome", 0,
         "dpo_advice.1.date: is later than the signature that it should precede; 2021-07-27 or before, or correct `signed_on`"),
        (DUTY, "open_from: 2022-01-01", "open_from: 2021-09-30", 0,
         "flows.0.open_from: opens before the protocol starts; 2021-10-01 or later, or correct that date"),
        (CARE, "signed_on: 2021-07-27", "signed_on: 2021-02-30", 0,
         "lifecycle.signed_on: `2021-02-30` is no day; correct it; days are YYYY-MM-DD"),
        (CARE, "signed_on: 2021-07-27", 'signed_on: "2021-07-27"', 0,
         "lifecycle.signed_on: is no date; write it without quotes, as 2021-07-27"),
        (CARE, "period: P10Y", "period: P0Y", 0, f"retention.0.period: `P0Y` has the wrong form; {PERIOD}"),
        (CARE, "period: P10Y", "period: -P1Y", 0, f"retention.0.period: `-P1Y` has the wrong form; {PERIOD}"),
        (VLABEL, "max: PT15M", "max: PT0M", 0, f"flows.0.session.max: `PT0M` has the wrong form; {PERIOD}"),
        (CARE, "period: P10Y, ", "", 0, "retention.0: has no period; add `period: P10Y`, or another `rule`"),
        (DUTY, "rule: until-event, from: overlijden", "rule: until-event, period: P1Y", 0,
         "retention.1.period: `until-event` has no period; remove it, or say `rule: duration`"),
        # numbers of the Kruispuntbank
        (CARE, 'kbo: "0886886638"', 'kbo: "0886886639"', 0, f"parties.0.kbo: {KBO}"),
        (WEWIS, 'vestiging: "2199323857"', 'vestiging: "2199323858"', 0, f"parties.0.vestiging: {KBO}"),
        (CARE, 'kbo: "0886886638"', 'kbo: "088688663"', 0,
         "parties.0.kbo: `088688663` has the wrong form; write ten digits between quotes"),
        # ids that stand twice, and names that lead nowhere
        (CARE, "- {id: magda, role: integrator", "- {id: ahovoks, role: integrator", 0,
         "parties.2.id: `ahovoks` stands here twice; give each its own"),
        (CARE, "code: O-42", "code: O-41", 0, "findings.2.code: `O-41` stands here twice; give each its own"),
        (CARE, "party: ahovoks, access", "party: ahovok, access", 0,
         "units.0.party: `ahovok` is no party of this document; did you mean `ahovoks`? else add it to `parties`, or correct the name"),
        (CARE, "    source: opgroeien\n", "    source: zele\n", 0,
         "flows.0.source: `zele` is no party of this document; add it to `parties`, or correct the name"),
        (CARE, "fields: [insz, pijler1, periode.begin", "fields: [insz, pijler2, periode.begin", 0,
         "flows.0.fields.1: `pijler2` is no field of this document; did you mean `pijler1`? else add it to `fields`, or correct the name"),
        (CARE, "service: GeefZorgtoeslag-02.00", "service: GeefZorgtoeslag-2.00", 0,
         "flows.0.service: no such service; choose from: GeefZorgtoeslag-02.00"),
        (WEWIS, "report_via: opgroeien", "report_via: kring", 0,
         "quality.report_via: `kring` is no party of this document; add it to `parties`, or correct the name"),
        # purposes and units that cannot work
        (CARE, "purposes: [studietoelage]\n    fields", "purposes: [ondersteuningsbehoefte]\n    fields", 0,
         f"flows.0.purposes.0: `ondersteuningsbehoefte` {ORIGINAL}"),
        (CARE, "access: granted, purposes: [studietoelage]", "access: granted, purposes: [ondersteuningsbehoefte]", 0,
         f"units.0.purposes.0: `ondersteuningsbehoefte` {ORIGINAL}"),
        (CARE, "kind: further", "kind: original", 0,
         "purposes.1.kind: an original purpose is the provider's, a further one is not; correct `kind` or `party`"),
        (CARE, "access: granted, purposes", "access: refused, purposes", -15, f"flows.0: {NO_UNIT}"),
        (WEWIS, "access: granted, purposes: [audit]", "access: granted, purposes: [geschillen]", 0,
         "units.4.purposes.0: `geschillen` is a purpose of `opgroeien`, not of `vutg`; give the unit a purpose of its own party"),
        (CARE, 'applies: ["*"]', "applies: [dossier]", -1,
         'retention: no rule covers the flow `zorgtoeslag`; add `zorgtoeslag` or "*" to `applies` of a rule'),
        (ZELE, "derived: municipal-amount", "derived: guesswork", 0,
         "fields.9.derived: no such rule; choose from: advice, municipal-amount"),
        (DUTY, "fields: [insz, openingsdatum, advies, reden]", "fields: [insz, openingsdatum, reden]", -8,
         "fields.3.only_if.field: `advies` is not in flow `inburgering-advies`, where `reden` is; list both, or neither"),
        # findings, their switches, and examples
        (CARE, "code: O-44", "code: O-99", 0,
         "findings.4.code: `O-99` is no known finding; O-01 to O-66 are known; call your own X-01 and on"),
        (CARE, "{flows.zorgtoeslag.requires: []}", "{flows.zorgtoeslagen.requires: []}", 0,
         "findings.9.turn.flows.zorgtoeslagen.requires: this path leads nowhere; name keys from the top, and items of a list by their id: flows.x.fields"),
        (CARE, "{dpia.gate: true}", "{dpiaa.gate: true}", 0,
         "findings.6.turn: turned round, the document does not hold: dpiaa: unknown key; correct the path or the value"),
        (CARE, "{dpia.gate: true}", "{dpia.gate: 0.5}", 0,
         "findings.6.turn: turned round, the document does not hold: dpia.gate: input should be a valid boolean; correct the path or the value"),
        (CARE, "{id: 004-01, unit: ahovoks-studietoelagen", "{id: 004-01, unit: ahovoks-studie", 0,
         "examples.0.unit: `ahovoks-studie` is no unit here; correct the name, or expect unit-not-listed or no-protocol"),
        (CARE, EXAMPLE, EXAMPLE.replace("zorgtoeslag", "zorg"), 0,
         "examples.0.flow: `zorg` is no flow here; correct the name, or expect no-protocol"),
        (CARE, EXAMPLE, EXAMPLE.replace("registered", "regstrd"), 0,
         "examples.0.facts.0: `regstrd` is not known here; did you mean `registered`? one of: registered, member, right-open, question-open, identified, in-session"),
        (CARE, "expect: not-registered", "expect: not-registred", 0,
         "examples.2.expect: `not-registred` is no reason; did you mean `not-registered`?"),
        (CARE, 'at: "2031-01-01T03:00:00+01:00"', 'at: "2031-13-01T03:00:00+01:00"', 0,
         'examples.3.at: `2031-13-01T03:00:00+01:00` is no instant; such as "2025-03-10T12:00:00+01:00"'),
        # YAML that could mean something else
        (CARE, "title: Geef", "title: x\ntitle: Geef", 1, "title: a duplicate key; keep one of both"),
        (CARE, "title: Geef", "title: &x Geef", 0,
         "title: an anchor; remove it, and write the value out where it is used"),
        (CARE, "    source: opgroeien\n", "    source: *x\n", 0, "flows.0.source: an alias; write the value out here"),
        (CARE, "title: Geef", "title: !!str Geef", 0, "title: a tag; remove the word that starts with !"),
        (CARE, "role: consumer", "role: [consumer", 0,
         "parties.1.role: expected ',' or ']', but got '}'; see the YAML 1.2 rules"),
        (CARE, "title: Geef", 'title: "\\e[31mGeef" # ', 0, "title: a control character; remove it"),
        (CARE, "findings:\n", "---\nfindings:\n", 0,
         "document: a second document; give it a file of its own"),
        (CARE, "assumed: true", "assumed: yes", 0,
         "lifecycle.in_force.assumed: is neither true nor false; write `true` or `false`"),
    ],
)  # fmt: skip
def test_each_slip_is_told_with_line_key_and_mend(
    tmp_path: Path, name: str, old: str, new: str, lines_on: int, expected: str
) -> None:
    path, line = edited(tmp_path, name, old, new)

    assert f"{name}:{line + lines_on}: {expected}" in told(path)


def test_one_reading_tells_everything(tmp_path: Path) -> None:
    """Slips of form, names, numbers, days and citations stand side by side, in the order of the file."""
    text = (PROTOCOLS / CARE).read_text("utf-8")
    for old, new in (
        ('id: "004"', "id: 004"),
        ("instrument: protocol", "instrument: prtcl"),
        ('kbo: "0886886638"', 'kbo: "0886886639"'),
        ("date: 2021-07-26, outcome", "date: 2022-07-26, outcome"),
        ("party: ahovoks, access", "party: ahovok, access"),
        ("provider_within: reasonable, article: art. 7", "provider_within: soon, article: art. 77"),
        ("code: O-44", "code: O-99"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / CARE).write_text(text, "utf-8")

    keys = [line.split(": ")[1] for line in told(tmp_path / CARE)]

    assert keys == [
        "id", "legal_frame.instrument", "parties.0.kbo", "dpo_advice.1.date", "units.0.party",
        "quality.article", "quality.provider_within", "findings.4.code",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "1: document: is empty; `magda-sim protocol schema` prints the form"),
        (b"# nothing\n", "1: document: is empty; `magda-sim protocol schema` prints the form"),
        (b"- a\n- b\n", "1: document: is no list of keys; `magda-sim protocol schema` prints the form"),
        (b"a: 1\nb: \xe9\n", "2: document: is not UTF-8; save it as UTF-8"),
        ("schema: x\n".encode("utf-16"), "1: document: is not UTF-8; save it as UTF-8"),
        (b"a: 1\nb: \x00\n", "2: document: a character that YAML forbids; remove it"),
        (b"%YAML 1.1\n---\na: 1\n", "2: document: a directive; remove the line above it that starts with %"),
        (b"a: " + b"[" * 100_000, "1: a" + ".0" * 24 + ": nests too deep; no document needs this"),
        (b"x" * 300_000, "1: document: is larger than 256 KiB; a document is a few pages; is this one?"),
    ],
    ids=["empty", "comment", "list", "latin-1", "utf-16", "nul", "directive", "deep", "large"],
)  # fmt: skip
def test_a_file_that_is_no_document_is_told(tmp_path: Path, content: bytes, expected: str) -> None:
    (tmp_path / "x.yaml").write_bytes(content)

    assert f"x.yaml:{expected}" in told(tmp_path / "x.yaml")


def test_a_hundred_megabytes_are_never_read(tmp_path: Path) -> None:
    with (tmp_path / "x.yaml").open("wb") as file:
        file.truncate(100_000_000)

    (line,) = told(tmp_path / "x.yaml")

    assert line.startswith("x.yaml:1: document: is larger than 256 KiB")


def test_a_bomb_of_aliases_stays_small(tmp_path: Path) -> None:
    rows = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    rows += [f"{n}: &{n} [{', '.join([f'*{p}'] * 9)}]" for p, n in zip("abcdefgh", "bcdefghi", strict=True)]  # fmt: skip
    (tmp_path / "x.yaml").write_text("\n".join(rows))

    lines = told(tmp_path / "x.yaml")

    assert "x.yaml:1: a: an anchor; remove it, and write the value out where it is used" in lines
    assert "x.yaml:9: i.8: an alias; write the value out here" in lines


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    os.mkfifo(tmp_path / "pipe.yaml")

    mend = "put a document here, or take it away"
    assert told(tmp_path / "folder.yaml") == [f"folder.yaml:1: document: is no file; {mend}"]
    assert told(tmp_path / "pipe.yaml") == [f"pipe.yaml:1: document: is no file; {mend}"]
    assert re.search("cannot be read: too many levels", told(tmp_path / "loop.yaml")[0])
    assert re.search("cannot be read: no such file", told(tmp_path / "none.yaml")[0])


@pytest.mark.parametrize(
    "change",
    [lambda raw: b"\xef\xbb\xbf" + raw, lambda raw: raw.replace(b"\n", b"\r\n")],
    ids=["byte order mark", "carriage returns"],
)
def test_how_an_editor_saves_changes_neither_meaning_nor_lines(
    tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    raw = (PROTOCOLS / CARE).read_bytes()
    (tmp_path / CARE).write_bytes(change(raw))

    assert (
        compile_document(read_document(tmp_path / CARE)).digest
        == compile_document(read_document(PROTOCOLS / CARE)).digest
    )
    path, line = edited(tmp_path, CARE, 'id: "004"', "id: 004")
    path.write_bytes(change(path.read_bytes()))
    assert told(path) == [f'{CARE}:{line}: id: is not text; put it between quotes: "004"']


def folder_told(folder: Path) -> list[str]:
    with pytest.raises(ProtocolInvalid) as caught:
        load_protocols(folder)
    return [str(defect) for defect in caught.value.defects]


def beside(folder: Path, name: str, *changes: tuple[str, str]) -> None:
    """The document 004 and a changed copy of it under another name."""
    text = (PROTOCOLS / CARE).read_text("utf-8")
    (folder / CARE).write_text(text, "utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / name).write_text(text, "utf-8")


STEM = CARE.removesuffix(".yaml")
NEXT = ('version: "1.0.0"', 'version: "1.1.0"\nsupersedes: "1.0.0"')


def test_a_chain_of_versions_holds(tmp_path: Path) -> None:
    beside(tmp_path, f"{STEM}@1.1.0.yaml", NEXT)

    assert [document.ref for document in load_protocols(tmp_path)] == ["004@1.0.0", "004@1.1.0"]


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        (f"{STEM}@1.0.0.yaml", [],
         f"6: version: 004@1.0.0 stands in {CARE} too; give it a version of its own, and `supersedes`"),
        (f"{STEM}@1.1.0.yaml", [('version: "1.0.0"', 'version: "1.1.0"')],
         f'6: version: two versions in force at once: 1.0.0 in {CARE}, and this; add `supersedes: "1.0.0"`; an addendum then brings it in'),
        (f"{STEM}@1.1.0.yaml", [('version: "1.0.0"', 'version: "1.1.0"\nsupersedes: "0.9.0"')],
         "7: supersedes: supersedes 0.9.0, and no earlier version with this number is here; correct it, or put that version beside this one"),
        (f"{STEM}@1.1.0.yaml", [NEXT, ("signed_on: 2021-07-27", "signed_on: 2021-07-26")],
         "88: lifecycle.signed_on: was signed before 1.0.0, which it supersedes; correct the day, or `supersedes`"),
        ("twin.yaml", [('id: "004"', 'id: "104"'), (f"name: {STEM}", "name: twin")],
         f"45: flows.0.id: opens `zorgtoeslag` to `ahovoks`, and so does 004 in {CARE}; let this one replace it (`lifecycle.replaces_prior`), or take the flow out of one"),
    ],
    ids=["twice", "two in force", "no such version", "signed before", "two protocols"],
)  # fmt: skip
def test_what_does_not_hold_together_is_told(
    tmp_path: Path, name: str, changes: list[tuple[str, str]], expected: str
) -> None:
    beside(tmp_path, name, *changes)

    assert f"{name}:{expected}" in folder_told(tmp_path)


def test_two_versions_that_supersede_the_same_are_told(tmp_path: Path) -> None:
    beside(tmp_path, f"{STEM}@1.2.0.yaml", ('version: "1.0.0"', 'version: "1.2.0"\nsupersedes: "1.0.0"'))  # fmt: skip
    beside(tmp_path, f"{STEM}@1.1.0.yaml", NEXT)

    expected = f'1.1.0 in {STEM}@1.1.0.yaml supersedes 1.0.0 too; supersede "1.1.0"'
    assert folder_told(tmp_path) == [f"{STEM}@1.2.0.yaml:7: supersedes: {expected}"]


def test_a_protocol_that_replaces_the_other_may_open_the_same(tmp_path: Path) -> None:
    beside(
        tmp_path, "twin.yaml", ('id: "004"', 'id: "104"'), (f"name: {STEM}", "name: twin"),
        ("signed_on: 2021-07-27", "signed_on: 2021-07-28\n  replaces_prior: {article: titel}"),
        ("date: 2021-07-27, assumed", "date: 2021-07-28, assumed"),
    )  # fmt: skip

    assert [document.id for document in load_protocols(tmp_path)] == ["004", "104"]


def test_a_version_without_a_line_in_the_lock_is_told(tmp_path: Path) -> None:
    beside(tmp_path, CARE)
    digest = load_protocols(tmp_path)[0].digest
    mend = f"to publish it, add the line: 004@1.0.0 {digest}"
    (tmp_path / LOCK).write_text("000@1.0.0 sha256:00\n004@1.0.0\n", "utf-8")

    assert folder_told(tmp_path) == [
        "LOCK:2: document: is no version with its digest; such as: 004@1.0.0 sha256:...",
        f"{CARE}:6: version: 004@1.0.0 has no digest in LOCK; {mend}",
    ]
    (tmp_path / LOCK).write_text(f"004@1.0.0 {digest}\n", "utf-8")
    assert load_protocols(tmp_path)[0].id == "004"


def test_a_folder_without_documents_is_told(tmp_path: Path) -> None:
    assert "holds no document whose name ends in .yaml" in folder_told(tmp_path)[0]
    assert "cannot be read: no such file" in folder_told(tmp_path / "none")[0]


def test_a_file_that_would_be_passed_over_is_told(tmp_path: Path) -> None:
    beside(tmp_path, "other.yml", ("name: ", "name: x-"))

    assert folder_told(tmp_path) == ["other.yml:1: document: would be passed over; let its name end in .yaml"]  # fmt: skip


def test_a_name_of_any_bytes_is_told_readably(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"x\xff\n\x1b[31m.yaml")
    path.write_text("- a\n")

    (line,) = told(path)

    assert line.startswith("x\ufffd??[31m.yaml:1: document: is no list of keys")
    assert line.isprintable()
