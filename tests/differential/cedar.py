"""A second engine: the texts and what was done to them, as Cedar policies that say the whole decision.

Made from the documents' own words and from the acts, not from the engine's events: state, windows,
purposes, notice and versions are worked out here once more. What both share is `legal_day` (start of a
day, months on), which `tests/property/test_legal_day.py` holds against a day-by-day simulation.

Per document and flow one `permit` for each party, unit and purpose says everything at once (action
`use`, on a field). Beside it each stage of contract section 4 is an action of its own, on the flow, so
that a refusal can be compared by its stage and its reasons too.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import cedarpy

from gateway.domain.legal_day import months_later, start_of_day
from gateway.domain.services import REGISTRATION_FLOW
from tests.generators import Asked, Recorded
from tests.texts import (
    FILES,
    STRENGTH,
    Law,
    Text,
    consumers,
    day,
    flow_of,
    item,
    provider,
    ref,
    shared_purposes,
    signatories,
)

SCHEMA = """
entity Party;
entity Unit in [Party];
entity Flow;
entity Field in [Flow];
entity Platform;
type Ask = {
  t: Long, month: Long, purpose: String, case: Bool, strength: Long, named: Bool,
  training: Set<String>, separated: Bool, asked: Set<String>, stated: Set<String>,
  facts: Set<String>, used: Long, problems: Bool,
};
action use appliesTo { principal: [Unit], resource: [Field], context: Ask };
action register appliesTo { principal: [Unit], resource: [Platform], context: Ask };
action reach, state, open, unit, purpose, case, person, content, listed, rhythm, facts
  appliesTo { principal: [Unit], resource: [Flow], context: Ask };
"""
BRUSSELS = ZoneInfo("Europe/Brussels")
STAGES = (
    ("agreement", ("state", "open", "unit", "purpose", "case")),
    ("person", ("person",)),
    ("content", ("content",)),
    ("listed", ("listed",)),
    ("rhythm", ("rhythm",)),
    ("facts", ("facts",)),
)
_ENDS = {"beeindiging", "grond-vervallen", "overeenkomst-beeindigd", "opzegging"}
_NEVER = "(1 == 2)"
_ALWAYS = "(1 == 1)"
_MISSING = {
    "registered": "not-registered", "question-open": "no-open-question",
    "identified": "not-identified", "in-session": "session-over",
    "member": "not-a-member", "right-open": "right-ended",
}  # fmt: skip


def microseconds(at: datetime) -> int:
    """An instant as Cedar counts it."""
    return round(at.timestamp() * 1_000_000)


def quoted(word: str) -> str:
    """A string or entity id in Cedar."""
    return json.dumps(word)


def one_of(names: Iterable[str]) -> str:
    """A set in Cedar."""
    return "[" + ", ".join(quoted(name) for name in sorted(names)) + "]"


def both(conditions: Iterable[str]) -> str:
    """All of these."""
    return "(" + (" && ".join(conditions) or "1 == 1") + ")"


def either(conditions: Iterable[str]) -> str:
    """Any of these."""
    return "(" + (" || ".join(conditions) or "1 == 2") + ")"


def since(at: datetime) -> str:
    """From an instant on."""
    return f"(context.t >= {microseconds(at)})"


@dataclass(frozen=True)
class Deeds:
    """What was done to the documents of one protocol, and what the text makes of it."""

    text: Text
    done: Sequence[Recorded]

    def of(self, *kinds: str) -> list[Recorded]:
        return [one for one in self.done if one.act.kind.value in kinds]

    def counts_from(self, one: Recorded) -> datetime:
        """When an act has effect; a notice when its term is over, at the start of that Belgian day."""
        given = one.act.at or one.now
        if one.act.kind.value != "opzegging":
            return given
        months = int(self.text["lifecycle"]["termination"]["notice"].strip("PM"))
        return start_of_day(months_later(given.astimezone(BRUSSELS).date(), months))

    def known(self, one: Recorded) -> str:
        """That an act has effect and was told."""
        return since(max(self.counts_from(one), one.now))

    def started(self) -> str:
        """On its date, or once everybody signed."""
        in_force = self.text["lifecycle"]["in_force"]
        if in_force["rule"] == "on-date":
            return since(start_of_day(day(in_force["date"])))
        signed = self.of("ondertekening")
        return both(
            either(self.known(one) for one in signed if one.act.by == party)
            for party in signatories(self.text)
        )

    def ended(self, party: str) -> str:
        """By what ends it at once, by a notice that is over, or by everybody together."""
        alone = self.text["lifecycle"]["termination"]["mode"] == "per-party"
        acts = [
            one
            for one in self.of(*_ENDS)
            if not (one.act.kind.value == "opzegging" and alone)
            or one.act.by in (party, provider(self.text))
        ]
        joint = self.of("gezamenlijk-einde")
        together = both(
            either(self.known(one) for one in joint if one.act.by == who)
            for who in signatories(self.text)
        )
        return either([*(self.known(one) for one in acts), *([together] if joint else [])])

    def without_instrument(self) -> str:
        """The authorisation is not adequate, or a required assessment is not there."""
        lost = [self.known(one) for one in self.of("machtiging-ontoereikend")]
        if (self.text.get("dpia") or {}).get("gate"):
            lost.append("!" + either(self.known(one) for one in self.of("bewijs")))
        return either(lost)

    def suspended(self, party: str, flow: str) -> str:
        """By any suspension that reaches here and that no later lifting, as wide or wider, took away."""
        order = {id(one): (self.counts_from(one), one.now, n) for n, one in enumerate(self.done)}
        reaching = [
            one
            for one in self.of("schorsing")
            if one.act.party in (None, party) and one.act.flow in (None, flow)
        ]
        return either(
            both([self.known(one), *(
                f"!({self.known(lift)})"
                for lift in self.of("opheffing")
                if order[id(lift)] > order[id(one)]
                and lift.act.party in (None, one.act.party)
                and lift.act.flow in (None, one.act.flow)
            )])
            for one in reaching
        )  # fmt: skip


@dataclass(frozen=True)
class Policies:
    """Policies in order, and what each is called; Cedar names them by their place."""

    lines: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def add(self, effect: str, name: str, scope: str, when: str = _ALWAYS) -> None:
        self.names.append(name)
        self.lines.append(f"@id({quoted(name)})\n{effect} ({scope}) when {{ {when} }};")

    def permit(self, name: str, scope: str, when: str = _ALWAYS) -> None:
        self.add("permit", name, scope, when)

    def forbid(self, name: str, scope: str, when: str = _ALWAYS) -> None:
        self.add("forbid", name, scope, when)


class SecondEngine:
    """Answers questions about one flow of a law, under one history."""

    def __init__(self, law: Law, history: Sequence[Recorded], flow: str) -> None:
        self._law, self._flow = law, flow
        by_told = sorted(history, key=lambda one: one.now)
        self._deeds = {
            ref(text): Deeds(text, [one for one in by_told if one.protocol == text["id"]])
            for text in law.texts.values()
        }
        self._texts = law.with_flow(flow)
        self._policies = Policies()
        if flow == REGISTRATION_FLOW:
            self._registration()
        for text in self._texts:
            self._whole(text)
            self._stages(text)

    def text(self) -> str:
        """The policies, to read and to validate."""
        return "\n".join(self._policies.lines)

    @cached_property
    def _set(self) -> Any:
        return cedarpy.PolicySet.from_str(self.text())

    @cached_property
    def _entities(self) -> Any:
        units = {
            (unit["party"], unit["id"]) for t in self._law.texts.values() for unit in t["units"]
        }
        found = [
            {"uid": {"type": "Unit", "id": f"{party}/{unit}"}, "attrs": {},
             "parents": [{"type": "Party", "id": party}]}
            for party, unit in sorted(units)
        ]  # fmt: skip
        found += [
            {"uid": {"type": "Field", "id": f"{ref(text)}/{name}"}, "attrs": {},
             "parents": [{"type": "Flow", "id": f"{ref(text)}/{self._flow}"}]}
            for text in self._texts
            for name in flow_of(text, self._flow)["fields"]
        ]  # fmt: skip
        return cedarpy.Entities.from_json_str(json.dumps(found), SCHEMA)

    # --- what is asked ---------------------------------------------------------------------

    def fields(self, asked: Asked) -> dict[str, frozenset[str]]:
        """By document, the asked fields that may leave; at most one document gives any."""
        names = sorted(asked.ask.fields)
        wanted = [(ref(t), name) for t in self._texts for name in names]
        answers = self._ask(asked, [("use", "Field", f"{key}/{name}") for key, name in wanted])
        allowed: dict[str, set[str]] = {}
        for (key, name), answer in zip(wanted, answers, strict=True):
            if answer.allowed:
                allowed.setdefault(key, set()).add(name)
        return {key: frozenset(found) for key, found in allowed.items()}

    def registers(self, asked: Asked) -> bool:
        """Whether the unit may register persons."""
        (answer,) = self._ask(asked, [("register", "Platform", REGISTRATION_FLOW)])
        return bool(answer.allowed)

    def refusal(self, asked: Asked) -> tuple[str, frozenset[str]]:
        """The first failing stage and all its reasons."""
        chosen = self._chosen(asked)
        if not chosen:
            return "reach", frozenset({"no-protocol"})
        for stage, actions in STAGES:
            answers = self._ask(asked, [(action, "Flow", chosen[0]) for action in actions])
            failed = [pair for pair in zip(actions, answers, strict=True) if not pair[1].allowed]
            if failed:
                return stage, self._reasons(failed)
        return "none", frozenset()

    def _chosen(self, asked: Asked) -> list[str]:
        flows = [f"{ref(text)}/{self._flow}" for text in self._texts]
        answers = self._ask(asked, [("reach", "Flow", one) for one in flows])
        chosen = [one for one, answer in zip(flows, answers, strict=True) if answer.allowed]
        assert len(chosen) < 2, "two protocols have the last word"
        return chosen

    def _reasons(self, failed: list[tuple[str, Any]]) -> frozenset[str]:
        """What the deciding policies are called; where none decided, the stage's own default."""
        found: set[str] = set()
        stages = {action for action, _ in failed}
        for action, answer in failed:
            if action in _SILENT_AFTER and stages & _SILENT_AFTER[action]:
                continue
            places = (int(reason.removeprefix("policy")) for reason in answer.diagnostics.reasons)
            names = sorted(self._policies.names[place] for place in places) or [
                f"0/{_DEFAULT[action]}"
            ]
            told = names[:1] if action in _ONE else names
            found |= {name.partition("/")[2] for name in told}
        return frozenset(found)

    def _ask(self, asked: Asked, questions: Sequence[tuple[str, str, str]]) -> list[Any]:
        ask = asked.ask
        context = {
            "t": microseconds(asked.at),
            "month": asked.at.astimezone(BRUSSELS).month,
            "purpose": ask.purpose or "",
            "case": bool(ask.case),
            "strength": STRENGTH.index(ask.authentication.value) if ask.authentication else -1,
            "named": ask.has_enduser,
            "training": sorted(ask.training),
            "separated": ask.duties_separated,
            "asked": sorted(ask.fields),
            "stated": sorted(ask.stated),
            "facts": sorted(fact.value for fact in asked.facts),
            "used": ask.used,
            "problems": bool(ask.problems),
        }
        principal = {"type": "Unit", "id": f"{ask.party}/{ask.unit}"}
        requests = [
            {"principal": principal, "action": {"type": "Action", "id": action},
             "resource": {"type": kind, "id": key}, "context": context}
            for action, kind, key in questions
        ]  # fmt: skip
        entities = self._with_caller(principal, ask.party)
        answers = cedarpy.is_authorized_batch(requests, self._set, entities)
        for answer in answers:
            assert answer.diagnostics.errors == [], answer.diagnostics.errors
        return list(answers)

    def _with_caller(self, principal: dict[str, str], party: str) -> Any:
        """The entities, with a unit that no document knows; it has a party all the same."""
        known = {f"{u['party']}/{u['id']}" for t in self._law.texts.values() for u in t["units"]}
        if principal["id"] in known:
            return self._entities
        stranger = {"uid": principal, "attrs": {}, "parents": [{"type": "Party", "id": party}]}
        return self._entities.with_added_json_str(json.dumps([stranger]))

    # --- what the texts say ----------------------------------------------------------------

    def _says(self, text: Text, party: str) -> str:
        """The version in force, not replaced, and with the last word among others for this flow."""
        deeds = self._deeds[ref(text)]
        ended, started = deeds.ended(party), deeds.started()
        others = [
            other
            for other in self._texts
            if other["id"] != text["id"] and party in consumers(other, flow_of(other, self._flow))
        ]
        ranks = []
        for mine, least in ((both([started, "!" + ended]), 2), (both([started, ended]), 1),
                            ("!" + started, 0)):  # fmt: skip
            silent = [
                f"!{both([self._stands(o), self._at_least(o, party, least)])}" for o in others
            ]
            ranks.append(both([mine, *silent]))
        return both([self._stands(text), either(ranks)])

    def _at_least(self, text: Text, party: str, rank: int) -> str:
        deeds = self._deeds[ref(text)]
        return (_ALWAYS, deeds.started(), both([deeds.started(), "!" + deeds.ended(party)]))[rank]

    def _stands(self, text: Text) -> str:
        """Brought in by an addendum where it is a later version, no later one is, nothing replaces it."""
        conditions = [self._in_version(text)]
        for other in self._texts:
            if (
                other["lifecycle"].get("replaces_prior")
                and provider(other) == provider(text)
                and day(other["lifecycle"]["signed_on"]) > day(text["lifecycle"]["signed_on"])
            ):
                replacing = [self._in_version(other), self._deeds[ref(other)].started()]
                conditions.append("!" + both(replacing))
        return both(conditions)

    def _in_version(self, text: Text) -> str:
        versions = self._law.versions(text["id"])
        later = versions[versions.index(text) + 1 :]
        return both([self._brought(text), *("!" + self._brought(one) for one in later)])

    def _brought(self, text: Text) -> str:
        if not text.get("supersedes"):
            return _ALWAYS
        deeds, digest = self._deeds[ref(text)], self._law.document(ref(text)).digest
        return either(
            deeds.known(one) for one in deeds.of("addendum") if one.act.document == digest
        )

    def _whole(self, text: Text) -> None:
        """Each party, unit and purpose that the document opens, with everything that must hold."""
        flow = flow_of(text, self._flow)
        for unit in text["units"]:
            party = unit["party"]
            if unit["access"] != "granted" or party not in consumers(text, flow):
                continue
            purposes = shared_purposes(text, flow, unit)
            for purpose in purposes:
                must = [
                    self._says(text, party), *self._running(text, flow, party),
                    _for_purpose(purpose, is_sole=len(purposes) == 1),
                    *_manner(text, flow, purpose), *_asked(flow), *_rhythm(flow),
                    *(condition for condition, _ in _facts(flow, purpose)),
                ]  # fmt: skip
                scope = f'{_unit(unit)}, action == Action::"use", resource in {_entity(text, flow)}'
                self._policies.permit(f"0/{ref(text)}/{unit['id']}/{purpose}", scope, both(must))

    def _running(self, text: Text, flow: Text, party: str) -> list[str]:
        deeds = self._deeds[ref(text)]
        opening = flow.get("open_from")
        return [
            deeds.started(),
            "!" + deeds.ended(party),
            "!" + deeds.without_instrument(),
            "!" + deeds.suspended(party, flow["id"]),
            since(start_of_day(day(opening))) if opening else _ALWAYS,
        ]

    def _stages(self, text: Text) -> None:
        flow = flow_of(text, self._flow)
        where = f"resource == {_entity(text, flow)}"
        every = "principal, action in [{}], " + where
        plain = ("state", "open", "case", "person", "content", "listed", "rhythm", "facts")
        self._policies.permit("0/by-default", every.format(_actions(plain)))
        self._state_stage(text, flow, where)
        opening = flow.get("open_from")
        if opening:
            late = "!(" + since(start_of_day(day(opening))) + ")"
            self._policies.forbid("0/flow-not-open", _scope("open", where), late)
        for unit in text["units"]:
            self._unit_stages(text, flow, unit, where)
        self._person_stage(text, flow, where)
        self._policies.forbid("0/insz-invalid", _scope("content", where), "context.problems")
        told, strict = _asked(flow)
        self._policies.forbid("0/nothing-permitted", _scope("listed", where), f"!({told})")
        self._policies.forbid("1/field-not-listed", _scope("listed", where), f"!({strict})")
        window, quota = _rhythm(flow)
        self._policies.forbid("0/outside-window", _scope("rhythm", where), f"!({window})")
        self._policies.forbid("0/quota-spent", _scope("rhythm", where), f"!({quota})")

    def _state_stage(self, text: Text, flow: Text, where: str) -> None:
        """Reach and state, per party; of several states the first in this order is told."""
        deeds = self._deeds[ref(text)]
        for party in consumers(text, flow):
            who = f"principal in Party::{quoted(party)}"
            self._policies.permit(
                f"0/reach/{party}", _scope("reach", where, who), self._says(text, party)
            )
            states = {
                "0/protocol-not-in-force": "!" + deeds.started(),
                "1/protocol-ended": deeds.ended(party),
                "2/instrument-not-active": deeds.without_instrument(),
                "3/protocol-suspended": deeds.suspended(party, flow["id"]),
            }
            for name, condition in states.items():
                self._policies.forbid(name, _scope("state", where, who), condition)

    def _unit_stages(self, text: Text, flow: Text, unit: Text, where: str) -> None:
        who = _unit(unit)
        if unit["access"] == "refused":
            self._policies.forbid("0/unit-refused", _scope("unit", where, who))
            return
        self._policies.permit("0/granted", _scope("unit", where, who))
        purposes = shared_purposes(text, flow, unit)
        if len(purposes) > 1:
            several = 'context.purpose == ""'
            self._policies.forbid("0/purpose-required", _scope("purpose", where, who), several)
        for purpose in purposes:
            chosen = _for_purpose(purpose, is_sole=len(purposes) == 1)
            self._policies.permit("0/agreed", _scope("purpose", where, who), chosen)
            if item(text["purposes"], purpose).get("case_required"):
                lacking = both([chosen, "!context.case"])
                self._policies.forbid("0/case-required", _scope("case", where, who), lacking)
            for place, (condition, fact) in enumerate(_facts(flow, purpose)):
                absent = both([chosen, f"!{condition}"])
                name = f"{place}/{_MISSING[fact]}"
                self._policies.forbid(name, _scope("facts", where, who), absent)

    def _person_stage(self, text: Text, flow: Text, where: str) -> None:
        strong, named, trained, apart = _person(flow)
        scope = _scope("person", where)
        self._policies.forbid("0/authentication-too-weak", scope, f"!({strong})")
        self._policies.forbid("0/authentication-too-weak", scope, f"!({named})")
        self._policies.forbid("0/training-missing", scope, f"!({trained})")
        self._policies.forbid("0/duties-not-separated", scope, f"!({apart})")

    def _registration(self) -> None:
        """Registration is open to who has a running flow that asks for it, and a purpose there."""
        for text in self._law.texts.values():
            for flow in text["flows"]:
                if not any(r["fact"] == "registered" for r in flow.get("requires", [])):
                    continue
                for unit in text["units"]:
                    party = unit["party"]
                    if (
                        unit["access"] == "granted"
                        and party in consumers(text, flow)
                        and shared_purposes(text, flow, unit)
                    ):
                        must = [self._in_version(text), *self._running(text, flow, party),
                                "!context.problems"]  # fmt: skip
                        scope = f'{_unit(unit)}, action == Action::"register", resource'
                        self._policies.permit(f"0/{ref(text)}/{flow['id']}", scope, both(must))


_ONE = frozenset({"state", "listed", "facts"})
"""Stages that tell one reason only, the first in their order."""
_SILENT_AFTER = {"purpose": {"unit"}, "case": {"unit", "purpose"}}
"""An unlisted unit has no purposes to speak of, and no purpose asks for no case."""
_DEFAULT = {"unit": "unit-not-listed", "purpose": "purpose-not-agreed"}
"""What it is called when nothing was permitted and nothing forbidden."""


def _entity(text: Text, flow: Text) -> str:
    return "Flow::" + quoted(f"{ref(text)}/{flow['id']}")


def _unit(unit: Text) -> str:
    return "principal == Unit::" + quoted(f"{unit['party']}/{unit['id']}")


def _actions(names: Iterable[str]) -> str:
    return ", ".join(f"Action::{quoted(name)}" for name in names)


def _scope(action: str, where: str, who: str = "principal") -> str:
    return f"{who}, action == Action::{quoted(action)}, {where}"


def _for_purpose(purpose: str, *, is_sole: bool) -> str:
    stated = f"context.purpose == {quoted(purpose)}"
    return either([stated, *(['context.purpose == ""'] if is_sole else [])])


def _person(flow: Text) -> tuple[str, str, str, str]:
    """What a flow asks of the person behind the call."""
    login, training = flow.get("authentication"), flow.get("training")
    return (
        f"context.strength >= {STRENGTH.index(login['at_least'])}" if login else _ALWAYS,
        "context.named" if flow.get("enduser") else _ALWAYS,
        f"context.training.contains({quoted(training['subject'])})" if training else _ALWAYS,
        "context.separated" if flow.get("duties_separated") else _ALWAYS,
    )


def _manner(text: Text, flow: Text, purpose: str) -> Iterator[str]:
    if item(text["purposes"], purpose).get("case_required"):
        yield "context.case"
    yield from _person(flow)
    yield "!context.problems"


def _asked(flow: Text) -> tuple[str, str]:
    """Something that tells is asked and, where the protocol refuses instead of filtering, nothing else."""
    listed = set(flow["fields"])
    telling = listed if flow["kind"] in FILES else listed - {"insz"}
    return (
        f"context.asked.containsAny({one_of(telling)})",
        f"{one_of(listed)}.containsAll(context.asked)" if flow.get("refuses_unlisted") else _ALWAYS,
    )


def _rhythm(flow: Text) -> tuple[str, str]:
    months, quota = (flow.get("windows") or {}).get("months"), flow.get("quota")
    return (
        either(f"context.month == {month}" for month in months) if months else _ALWAYS,
        f"context.used < {quota['max']}" if quota else _ALWAYS,
    )


def _facts(flow: Text, purpose: str) -> Iterator[tuple[str, str]]:
    """Each fact that this purpose asks for, as a condition, in the order of the text."""
    for one in flow.get("requires", []):
        if not one.get("purposes") or purpose in one["purposes"]:
            holds = f"context.facts.contains({quoted(one['fact'])})"
            named = one.get("if_stated")
            unless = [f"!context.stated.contains({quoted(named)})"] if named else []
            yield either([holds, *unless]), one["fact"]
