"""A protocol as prose: whole, in Dutch, each sentence with its article, and no code left untranslated."""

import re
from datetime import date

import pytest

from gateway.adapters.protocol_files import prose_words as words
from gateway.adapters.protocol_files.compile import compile_document
from gateway.adapters.protocol_files.library import read_folder
from gateway.adapters.protocol_files.prose import page, prose
from gateway.adapters.protocol_files.public import public_content
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from gateway.domain.standing import standings
from tests.builders import NOON, PROTOCOLS, a_bundle

MODELS = {model.id: model for model in read_folder(PROTOCOLS)}
WITHOUT_ARTICLE = (
    "Het protocol is gesloten op grond van",
    "De tekst waaruit het is opgemaakt, breekt af",
    "De tekst noemt geen verwerker",
    "Schorsen kent de tekst niet",
)
"""What rests on no article: the decree itself, and what the text does not say."""
ENGLISH = re.compile(
    r"\b(provider|consumer|granted|refused|given|positive|further|forbidden|prior|attest|gateway\."
    r"|duration|until-event|undue|reasonable|immediately|indefinite|whole|joint|registered|daily)\b"
)


def text_of(model: DocumentModel, width: int = 100, **more: object) -> str:
    bundle = a_bundle(**more)  # type: ignore[arg-type]  # named like the parameters
    return page(model, standings(bundle, compile_document(model), NOON), NOON, width)


def sentences(model: DocumentModel) -> list[str]:
    return [sentence for section in prose(model) for sentence in section.sentences]


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.id)
def test_every_sentence_ends_with_its_article_and_no_code_is_left(model: DocumentModel) -> None:
    for sentence in sentences(model):
        cited = re.search(r"\((art\.|overw\.|titel|partijen|inleiding|\d)[^()]*\)\.", sentence)
        assert cited or sentence.startswith(WITHOUT_ARTICLE), sentence
        assert not ENGLISH.search(sentence.partition("Omkeren:")[0]), sentence
        assert sentence[0].isupper(), sentence


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.id)
def test_every_clause_of_the_document_is_told(model: DocumentModel) -> None:
    told = "\n".join(sentences(model))

    for party in model.parties:
        assert party.name in told
        if party.kbo and not party.kbo_as_printed:
            assert words.enterprise_number(party.kbo) in told
    for field in model.fields:
        assert f"[{field.id}]" in told
    for purpose in model.purposes:
        assert f"[{purpose.id}]" in told
    for finding in model.findings:
        assert f"{finding.code}: {finding.note}. Keuze: {finding.choice}" in told
        assert ("MAGDA_SIM_SWITCHES=" + f"{model.id}/{finding.code}" in told) is bool(finding.turn)
    for one in (*model.publication, *model.retention, *model.sanctions, *model.incidents):
        assert f"({one.article})" in told


def test_show_004_says_what_a_jurist_looks_for() -> None:
    told = re.sub(r"\s+", " ", text_of(MODELS["004"]))

    for sentence in (
        "is het protocol van kracht sinds 27 juli 2021 (titel).",
        (
            "AHOVOKS, met ondernemingsnummer 0316380481 zoals gedrukt (het faalt voor de controle"
            " modulo 97), ontvangt de gegevens (partijen)."
        ),
        "gaf advies op 6 juli 2021 (overw. F).",
        "een wettelijke verplichting (art. 6.1.c AVG)",
        (
            "De punten in pijler 1 [pijler1], over het kind: een score over een beperking"
            " (art. 3, gegeven 2)."
        ),
        "Enkel als de persoon achter de vraag met eID is aangemeld (art. 6).",
        "Enkel als de eenheid die vraagt de persoon op dat ogenblik heeft ingeschreven (art. 3).",
        (
            "Wat de dienst ook biedt en hier niet vertrekt: de dag van de beslissing, de punten in"
            " pijler 2, de punten in pijler 3"
        ),
        "Niets gaat door naar derden (art. 4).",
        "Alle gegevens: 10 jaar bewaard",
        (
            "Bij misbruik kan Opgroeien regie het protocol met een eenvoudige kennisgeving"
            " beëindigen (art. 8)."
        ),
        "Schorsen kent de tekst niet.",
        "Omkeren: MAGDA_SIM_SWITCHES=004/O-60 (flows.zorgtoeslag.requires).",
    ):
        assert sentence in told, sentence


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("000", "Hoogstens 15 minuten per vraag (art. 2)."),
        ("000", "De eenheid dv-diensten van Digitaal Vlaanderen heeft geen toegang (art. 4)."),
        ("000", "Alle gegevens: niet bewaard (art. 3)."),
        ("001", "Voor het behandelen van geschillen: enkel als het recht nog loopt of geschorst is;"),
        ("001", "Elke partij kan voor zichzelf opzeggen, met een termijn van 3 maanden (art. 12)."),
        ("001", "Bij misbruik kan Departement WEWIS schorsen"),
        ("001", ("Een statistiek zonder namen (JobbonusPlusStatistiek 01.00), van Departement WEWIS"
                " aan Opgroeien regie, voor beleid en statistiek (art. 4).")),
        ("002", "gaf advies op een dag zonder jaartal in de tekst (overw. H)."),
        ("002", ("De reden [reden], over de aanvrager: een gegeven over een verplichting, enkel als"
                " het advies NOK is (art. 3, gegeven 4).")),
        ("002", "meldt een gegevenslek binnen 24 uur"),
        ("002", "Hoogstens eenmaal per kalenderjaar, voor elke ontvanger (art. 5)."),
        ("003", "Enkel in juli en januari (art. 5)."),
        ("003", "Het bestand blijft hoogstens 1 maand in de map (art. 6)."),
        ("003", "Doorgeven mag enkel met toestemming vooraf van VUTG (art. 4)."),
    ],
)  # fmt: skip
def test_the_others_say_what_is_theirs(key: str, sentence: str) -> None:
    assert any(sentence in one for one in sentences(MODELS[key])), sentence


def test_a_page_keeps_to_its_width_and_a_citation_to_its_line() -> None:
    for width in (60, 80, 100):
        lines = text_of(MODELS["001"], width).splitlines()
        assert max(map(len, lines)) <= max(width, 71), width  # the digest is 71 long
        assert not any(re.search(r"\(art\.$|\bart\.$", line) for line in lines)


def test_the_page_says_whose_notice_runs_and_who_is_suspended() -> None:
    events = [
        LifecycleEvent(protocol="001", kind=EventKind.NOTICE, party="kidslife",
                       effective_at=NOON.replace(month=9), recorded_at=NOON),
        LifecycleEvent(protocol="001", kind=EventKind.SUSPENSION, party="parentia",
                       effective_at=NOON, recorded_at=NOON),
    ]  # fmt: skip

    told = re.sub(r"\s+", " ", text_of(MODELS["001"], events=events))

    assert "is het protocol van kracht sinds 4 maart 2025 (art. 12)." in told
    assert "Voor Kidslife Vlaanderen is het van kracht sinds 4 maart 2025 (art. 12); opgezegd tegen 10 september 2025 (art. 12)." in told  # fmt: skip
    assert "Voor Parentia Vlaanderen is het geschorst (art. 8)." in told


def test_advice_after_the_signature_is_called_late() -> None:
    model = MODELS["004"]
    late = model.dpo_advice[0].model_copy(update={"date": date(2021, 8, 1)})
    changed = model.model_copy(update={"dpo_advice": [late]})

    assert any("op 1 augustus 2021, dus na de ondertekening" in one for one in sentences(changed))


def test_numbers_that_pass_and_fail_are_told_apart() -> None:
    party = MODELS["004"].parties[1]
    printed = party.model_copy(update={"kbo": "0316380841"})
    changed = MODELS["004"].model_copy(update={"parties": [printed]})

    assert "het doorstaat de controle modulo 97" in sentences(changed)[3]


@pytest.mark.parametrize(
    ("period", "told"),
    [("P1M", "1 maand"), ("P3M", "3 maanden"), ("PT15M", "15 minuten"), ("PT24H", "24 uur"),
     ("P14D", "14 dagen"), ("P1Y", "1 jaar"), ("P2W", "2 weken")],
)  # fmt: skip
def test_terms_are_written_out(period: str, told: str) -> None:
    assert words.term(period) == told


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.id)
def test_what_anybody_may_read_has_dutch_names_throughout(model: DocumentModel) -> None:
    content = public_content(model)

    def keys(node: object, *, inside_turn: bool = False) -> set[str]:
        if isinstance(node, dict):
            own = set() if inside_turn else set(node)
            return own.union(*(keys(v, inside_turn=k == "omkeren") for k, v in node.items()))
        return set().union(*(keys(one) for one in node)) if isinstance(node, list) else set()

    english = {"article", "party", "purpose", "purposes", "field", "fields", "flows", "units",
               "kind", "rule", "title", "name", "within", "required", "access", "choice"}  # fmt: skip
    assert keys(content) & english == set()
    assert content["bekendmaking"][0]["partij"]
    assert len(content["bevindingen"]) == len(model.findings)
