"""Words that entries share are those that each would have had by itself, whoever asked before."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.decision import Permit, candidate, decide
from gateway.domain.decision_terms import Candidate
from gateway.domain.log_entry import Draft
from gateway.domain.protocol_document import Authentication, Fact
from gateway.domain.questions import CareAllowanceQuestion
from gateway.domain.request import Request
from gateway.domain.services import CARE_ALLOWANCE, TRANSACTIONS
from tests.builders import NOON, a_bundle, a_caller, an_ask

BUNDLE = a_bundle()
CHOSEN = candidate(BUNDLE, an_ask(), NOON)
drafts = st.fixed_dictionaries(
    {
        "at": st.sampled_from([NOON, NOON + timedelta(days=1)]),
        "space": st.sampled_from(["demo", "t1"]),
        "channel": st.sampled_from(["rest", "soap"]),
        "key": st.sampled_from(["one", "other"]),
        "service": st.sampled_from([CARE_ALLOWANCE, TRANSACTIONS]),
        "purpose": st.sampled_from([None, "studietoelage"]),
        "case": st.sampled_from([None, "dossier-1"]),
        "enduser": st.sampled_from([None, "82722401041"]),
        "authentication": st.sampled_from(list(Authentication)),
        "training": st.sampled_from([frozenset(), frozenset({"privacy"})]),
        "stated": st.sampled_from([frozenset(), frozenset({"zorgkas"})]),
        "used": st.integers(0, 1),
        "separated": st.booleans(),
        "slot": st.sampled_from([None, 1]),
        "evidence": st.sampled_from(["R-1", "R-2"]),
        "bundle": st.sampled_from([BUNDLE, replace(BUNDLE, digest="sha256:later")]),
    }
)


def a_draft(words: dict[str, Any], chosen: Candidate) -> Draft:
    """A permitted question with these words."""
    question = CareAllowanceQuestion(insz="12631400209", reference_date="2024-12-31")
    request = Request(
        service=words["service"], question=question, reference="r", question_reference="q",
        enduser=words["enduser"], purpose=words["purpose"], case=words["case"],
    )  # fmt: skip
    facts = {Fact.REGISTERED: words["evidence"]}
    permit = decide(chosen, facts)
    assert isinstance(permit, Permit)
    ask = an_ask(
        purpose=words["purpose"], case=words["case"], authentication=words["authentication"],
        training=words["training"], stated=words["stated"], used=words["used"],
        duties_separated=words["separated"], fields=question.asked(),
    )  # fmt: skip
    return Draft(
        at=words["at"], space=words["space"], channel=words["channel"], bundle=words["bundle"],
        caller=a_caller(key=words["key"]), request=request, ask=ask, candidate=chosen, facts=facts,
        permit=permit, slot=words["slot"],
    )  # fmt: skip


@given(st.lists(drafts, min_size=1, max_size=6))
def test_shared_words_are_each_entrys_own(asked: list[dict[str, Any]]) -> None:
    assert isinstance(CHOSEN, Candidate)
    for words in asked:
        (entry,) = a_draft(words, CHOSEN).entries(b"answer")
        (alone,) = a_draft(words, replace(CHOSEN)).entries(b"answer")

        assert entry.shared is not None
        assert entry.leaf == alone.leaf
        assert "at" in entry.own
