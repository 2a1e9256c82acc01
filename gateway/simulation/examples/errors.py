"""An example for every reason of contract section 4, over each wire that can say it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gateway.contracts.reasons import Reason
from gateway.simulation.examples.rendering import call, rest, soap
from gateway.simulation.examples.services import (
    ELIF,
    KARIM,
    UNIT,
    advice,
    by_subjects,
    care,
    dossier_steps,
    registered,
    registration,
    transactions,
)
from gateway.simulation.examples.shapes import CONTROL, Call, Example, Question, Wire
from gateway.simulation.units import ACCESS_MANAGER

_PADDING = 1_100_000
_LUKAS, _AMINA, _OSCAR, _NOBODY, _WILMA = (
    "15690200187", "79621700625", "75700100590", "74612515608", "83670421039",
)  # fmt: skip
_NOTHING = "no token"
_PLAIN = care(_LUKAS)
_PAID = replace(transactions(), before=(registered("infino", KARIM),))
_LAW = "only under a text that says so; in a folder of your own (MAGDA_SIM_PROTOCOLS)"
WITHOUT: Mapping[tuple[Reason, Wire], str] = {
    **dict.fromkeys(
        [(reason, "soap") for reason in (
            Reason.ONWARD_NOT_NOTIFIED, Reason.ONWARD_NOT_CONSENTED, Reason.ONWARD_FORBIDDEN,
        )],
        "passing on is asked at /v1/protocollen/{id}/doorgiften, over REST only",
    ),
    **dict.fromkeys(
        [(reason, "soap") for reason in (
            Reason.UNIT_REFUSED, Reason.TRAINING_MISSING, Reason.NO_OPEN_QUESTION,
            Reason.NOT_IDENTIFIED, Reason.SESSION_OVER,
        )],
        "what shows it is the look into a file of 000, which is over REST and the page only",
    ),
    (Reason.OUTSIDE_WINDOW, "soap"): "files on request are asked over REST only",
    (Reason.READ_ONLY, "soap"): "every SOAP message is a POST; there is no method to refuse",
    (Reason.NO_SUCH_CLAUSE, "soap"): "acts on a protocol are told over REST only",
    (Reason.DAY_ALREADY_DELIVERED, "soap"): "files are uploaded over SFTP, FTPS or REST",
    (Reason.CLOCK_BACKWARD, "soap"): "the clock is a matter of the simulation, over REST only",
    (Reason.TOO_MANY_SUBJECTS, "rest"): "the body of a registration holds one person's number",
    (Reason.SUBJECT_KIND_REFUSED, "rest"): "the body of a registration holds a person's number only",
}  # fmt: skip
"""Why a wire cannot say a reason."""


def _both(reason: Reason, asked: Question, **more: Any) -> Iterator[Example]:
    yield rest(asked).told(reason, **more)
    yield soap(asked).told(reason, **more)


def _sent(example: Example, **changes: Any) -> Example:
    """The same call with something about it otherwise."""
    assert isinstance(example.sent, Call)
    return replace(example, sent=replace(example.sent, **changes))


def _rewritten(example: Example, old: str, new: str) -> Example:
    assert isinstance(example.sent, Call)
    assert old in example.sent.body, (example.operation, old)
    return _sent(example, body=example.sent.body.replace(old, new))


def _at_the_door() -> Iterator[Example]:
    """Credential, size, form, service, throttle, sender."""
    for reason, credential in (
        (Reason.CREDENTIAL_MISSING, None),
        (Reason.CREDENTIAL_INVALID, _NOTHING),
    ):
        yield from (_sent(one, credential=credential) for one in _both(reason, _PLAIN))
    for one in _both(Reason.TOO_LARGE, _PLAIN):
        assert isinstance(one.sent, Call)
        yield _sent(one, body=one.sent.body + " " * _PADDING)
    over_rest, over_soap = _both(Reason.SERVICE_UNKNOWN, _PLAIN)
    yield _sent(over_rest, path="/v1/gezin/zorgpremie/bevraging")
    yield _sent(_rewritten(over_soap, "GeefZorgtoeslag", "GeefZorgpremie"), path="/soap")
    over_rest, over_soap = _both(Reason.MESSAGE_INVALID, _PLAIN)
    yield _rewritten(over_rest, '"insz"', '"naam": "iemand",\n  "insz"')
    yield _rewritten(over_soap, "<Taal>nl</Taal>", "")
    yield _sent(rest(_PLAIN).told(Reason.READ_ONLY), method="PUT")
    throttle = call(CONTROL, "/_sim/throttle", {"own": {UNIT: {"rate": 1.0, "burst": 0}}})
    yield from _both(Reason.TOO_MANY_REQUESTS, _PLAIN, before=(replace(throttle, method="PUT"),))
    over_rest, over_soap = _both(Reason.SENDER_MISMATCH, _PLAIN)
    assert isinstance(over_rest.sent, Call)
    yield _sent(
        over_rest, headers={**over_rest.sent.headers, "X-Magda-Sender-QualityCode": "anders"}
    )
    yield _rewritten(over_soap, "<Hoedanigheid>studietoelagen<", "<Hoedanigheid>anders<")


def _act(protocol: str, kind: str, by: str, **more: Any) -> Call:
    body = {"soort": kind, "door": by, **more}
    return call(CONTROL, f"/v1/protocollen/{protocol}/gebeurtenissen", body)


def _agreement() -> Iterator[Example]:
    """Protocol, flow, unit, purpose, case."""
    yield from _both(Reason.NO_PROTOCOL, care(_LUKAS, unit="infino"))
    yield from _both(
        Reason.PROTOCOL_NOT_IN_FORCE, transactions(), clock="2025-03-03T08:00:00+01:00"
    )
    yield from _both(
        Reason.PROTOCOL_ENDED, _PLAIN, before=(_act("004", "beeindiging", "opgroeien"),)
    )
    suspended = _act("001", "schorsing", "wewis", partij="parentia")
    yield from _both(Reason.PROTOCOL_SUSPENDED, transactions("parentia"), before=(suspended,))
    yield from _both(Reason.FLOW_NOT_OPEN, advice(day="2021-12-31"))
    lost = _act("001", "machtiging-ontoereikend", "wewis")
    yield from _both(Reason.INSTRUMENT_NOT_ACTIVE, transactions(), before=(lost,))
    yield from _both(Reason.UNIT_NOT_LISTED, care(_LUKAS, unit="ahovoks-andere"))
    (refused,) = dossier_steps("ask", unit="dv-diensten")
    yield _dossier(Reason.UNIT_REFUSED, refused)
    disputed = replace(transactions("opgroeien-geschillen"), purpose="bemiddeling", case="Z-1")
    yield from _both(Reason.PURPOSE_NOT_AGREED, disputed)
    several = {"001.units.vutg-bemiddeling.purposes": ["bemiddeling", "toezicht"]}
    asked = replace(transactions("vutg-bemiddeling"), case="Z-1")
    yield from _both(Reason.PURPOSE_REQUIRED, asked, text=several, note=_LAW)
    yield from _both(Reason.CASE_REQUIRED, transactions("vutg-audit"))
    yield from _onward()


def _onward() -> Iterator[Example]:
    for reason, unit, protocol, third in (
        (Reason.ONWARD_NOT_NOTIFIED, "vutg-rechten", "001", "een gemeente"),
        (Reason.ONWARD_NOT_CONSENTED, "zele-financien", "003", "een school"),
        (Reason.ONWARD_FORBIDDEN, UNIT, "004", "een school"),
    ):
        sent = call(unit, f"/v1/protocollen/{protocol}/doorgiften", {"derde": third})
        yield Example(operation="doorgiften", wire="rest", sent=sent, reason=reason)


def _dossier(reason: Reason, sent: Call, *before: Call) -> Example:
    return Example(
        operation="RaadpleegJobbonusDossier", wire="rest", sent=sent, reason=reason, before=before
    )


def _person_behind() -> Iterator[Example]:
    """Authentication, training, separation of duties."""
    yield from _both(Reason.AUTHENTICATION_TOO_WEAK, replace(_PLAIN, authentication="password"))
    (untrained,) = dossier_steps("ask", unit="dv-cc1700-onopgeleid")
    yield _dossier(Reason.TRAINING_MISSING, untrained)
    yield from _both(Reason.DUTIES_NOT_SEPARATED, advice(enduser=ACCESS_MANAGER))


def _content() -> Iterator[Example]:
    """Dates, numbers, options; then what is listed."""
    yield from _both(Reason.DATE_INVALID, care(_LUKAS, date="2024-02-30"))
    yield from _both(Reason.INSZ_INVALID, care("12631400208"))
    yield from _both(Reason.NOT_A_TEST_NUMBER, care("85020100023"))
    yield from _both(Reason.PERIOD_INVALID, registration(end="2025-03-09"))
    yield from _both(Reason.DATE_IN_FUTURE, care(_LUKAS, date="2025-03-11"))
    yield from _both(Reason.LANGUAGE_UNKNOWN, care(_LUKAS, language="it"))
    yield from _both(Reason.NO_GROUP_ASKED, care(_LUKAS, recognitions=False))
    yield soap(by_subjects("PERS", ELIF, KARIM)).told(Reason.TOO_MANY_SUBJECTS)
    yield soap(by_subjects("OND")).told(Reason.SUBJECT_KIND_REFUSED)
    yield from _both(Reason.NOTHING_PERMITTED, care(_LUKAS, application=True, recognitions=False))
    strict = {"004.flows.zorgtoeslag.refuses_unlisted": True}
    yield from _both(Reason.FIELD_NOT_LISTED, _PLAIN, text=strict, note=_LAW)


def _rhythm() -> Iterator[Example]:
    """Window and quota."""
    closed = call("zele-financien", "/v1/gezin/betaalbestand/aanvragen", {})
    yield Example(
        operation="ZorgtoeslagBetaalbestand", wire="rest", sent=closed, reason=Reason.OUTSIDE_WINDOW
    )
    once = {"004.flows.zorgtoeslag.quota": {"max": 1, "per": "calendar-year", "article": "art. 5"}}
    had = (registered(UNIT, care().body["insz"]), rest(care()).sent)
    yield from _both(Reason.QUOTA_SPENT, care(), before=had, text=once, note=_LAW)


def _facts() -> Iterator[Example]:
    """What is known of the person."""
    yield from _both(Reason.NOT_A_MEMBER, advice(fund="zorgkas-2"))
    ended = replace(transactions("vutg-toezicht", _OSCAR), case="Z-1")
    known = (registered("vutg-toezicht", _OSCAR),)
    yield from _both(Reason.RIGHT_ENDED, ended, before=known)
    (look,) = dossier_steps("look")
    yield _dossier(Reason.NO_OPEN_QUESTION, look)
    yield _dossier(Reason.NOT_IDENTIFIED, look, *dossier_steps("ask"))
    yield _dossier(Reason.SESSION_OVER, look, *dossier_steps("ask", "identify", "wait"))
    yield from _both(Reason.NOT_REGISTERED, care(_AMINA))


def _answers() -> Iterator[Example]:
    """What the source says, or fails to."""
    for reason, person in (
        (Reason.NO_DATA, _LUKAS), (Reason.INSZ_CANCELLED, _WILMA), (Reason.INSZ_UNKNOWN, _NOBODY),
        (Reason.INSZ_REPLACED, _OSCAR),
    ):  # fmt: skip
        yield from _both(reason, transactions(insz=person), before=(registered("infino", person),))
    yield from _both(
        Reason.ALREADY_REGISTERED, registration("myfamily"), before=(registered("myfamily", ELIF),)
    )
    for reason, kind in (
        (Reason.SOURCE_SILENT, "silent"), (Reason.SOURCE_GARBLED, "garbled"), (Reason.SOURCE_BUSY, "busy"),
    ):  # fmt: skip
        rule = [{"where": "source.jobbonusplus-verrichtingen", "kind": kind}]
        broken = replace(call(CONTROL, "/_sim/faults", rule), method="PUT")
        yield from _both(reason, _PAID, before=(*_PAID.before, broken))


def _rest_of_it() -> Iterator[Example]:
    unruly = {"001.fields.maatregel.derived": "een regel die niemand kent"}
    yield from _both(Reason.INTERNAL, _PAID, text=unruly, note=_LAW)
    full = "no message brings it about: the log's disk must be full or read-only"
    yield from _both(Reason.LOG_UNAVAILABLE, _PAID, note=full, before=())
    notice = {"soort": "opzegging", "stuk": "sha256:" + "a" * 64}
    sent = call("opgroeien", "/v1/protocollen/004/gebeurtenissen", notice)
    yield Example(operation="gebeurtenissen", wire="rest", sent=sent, reason=Reason.NO_SUCH_CLAUSE)
    back = replace(call(CONTROL, "/_sim/clock", {"at": "2025-03-10T07:00:00+01:00"}), method="PUT")
    yield Example(operation="klok", wire="rest", sent=back, reason=Reason.CLOCK_BACKWARD)
    door = "/v1/aanlevering/jobbonusplus-mutaties?dag=2025-03-10"
    first, other = (call("wewis", door, _batch(person)) for person in (KARIM, ELIF))
    yield Example(operation="aanlevering", wire="rest", sent=other, reason=Reason.DAY_ALREADY_DELIVERED,
                  before=(first,))  # fmt: skip


def _batch(person: str) -> dict[str, Any]:
    return {"schema": "jobbonusplus-mutaties/1", "dag": "2025-03-10", "volgnummer": 1, "aantal": 1,
            "records": [{"insz": person}]}  # fmt: skip


def errors() -> Iterator[Example]:
    """Every reason, over every wire that can say it."""
    for part in (
        _at_the_door, _agreement, _person_behind, _content, _rhythm, _facts, _answers, _rest_of_it,
    ):  # fmt: skip
        yield from part()
