"""The description of the API tells the truth: every operation, asked in everybody's name, answers as it says."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway.contracts.reasons import WIRE, Reason
from gateway.simulation.units import UNITS
from tests.people import AMINA, ELIF, JORIS, KARIM, NOOR
from tests.running import ADVICE, CARE, DEREGISTER, REGISTER, START, TRANSACTIONS, RunningSpace
from tests.sockets import WITHIN_S

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CONTROL, NOBODY = "control", "nobody"
ROLES = (NOBODY, CONTROL, *(unit.key for unit in UNITS))
FEW = (NOBODY, CONTROL, "infino", "ahovoks-studietoelagen", "avsb", "dv-cc1700", "wewis")
"""One of every kind: nobody, the hand of the space, a payer, a consumer, an adviser, a clerk, a provider."""
SHARDS = 4
DISRUPTIVE = frozenset(
    {
        "POST /_sim/reset",
        "POST /_sim/clock/advance",
        "PUT /_sim/clock",
        "PUT /_sim/throttle",
        "PUT /_sim/faults",
        "POST /_sim/spaces",
        "POST /_sim/spaces/{key}/clone",
        "POST /_sim/snapshots",
        "POST /_sim/recording",
    }
)
"""What would change the world for the operations after it; asked with chosen bodies instead."""
DOSSIER = "/v1/inkomen/jobbonus-dossier/vragen"
STATISTICS = "/v1/werk/jobbonusplus-statistiek/bevraging"
Operation = APIOperation[Any, Any, Any, Any]
AnyCase = Case[Any]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@pytest.fixture(scope="module")
def document(shared_space: RunningSpace) -> dict[str, Any]:
    found: dict[str, Any] = shared_space.get("/openapi.json").json()
    return found


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as kept:
        kept.trust_env = False
        yield kept


def operations(document: dict[str, Any], space: RunningSpace) -> Sequence[Operation]:
    schema = schemathesis.openapi.from_dict(deepcopy(document))
    schema.config.update(base_url=space.http)
    found: list[Operation] = []
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        found.append(result.ok())
    return found


def headers_of(space: RunningSpace, role: str) -> dict[str, str]:
    tokens = {CONTROL: space.ready["control_token"], NOBODY: None}
    token = tokens[role] if role in tokens else space.credential(role)["token"]
    return {"Authorization": f"Bearer {token}"} if token else {}


def is_secured(operation: Operation) -> bool:
    return bool(operation.definition.raw.get("security"))


def well_formed(answer: requests.Response | Any) -> None:
    """A problem document as the contract has it, whole, and without a word about a person."""
    problem = answer.json()
    wire = WIRE[Reason(problem["reason"])]
    assert answer.headers["content-type"] == ["application/problem+json"]
    assert problem["type"] == f"urn:problem-type:belgif:{wire.problem}"
    assert problem["status"] == answer.status_code == wire.status
    assert (problem["code"], problem["title"]) == (wire.code, wire.text)
    assert problem["instance"].startswith("urn:uuid:")
    assert {"detail", "protocol", "article", "decision", "remedy"} <= problem.keys()
    assert ("issues" in problem) == (answer.status_code == 400)
    entered = answer.headers.get("sim-decision")
    assert [problem["decision"]] == (entered or [None])


def ask(case: AnyCase, space: RunningSpace, session: requests.Session, role: str) -> None:
    """Ask in somebody's name, and hold the answer against what was said of it."""
    answer = case.call(session=session, headers=headers_of(space, role), timeout=WITHIN_S)
    is_negative = case.meta is not None and case.meta.generation.mode is GenerationMode.NEGATIVE
    is_said = (
        is_negative and answer.status_code != 413
    )  # which the check does not know as a refusal
    more = [negative_data_rejection] if is_said else []
    case.validate_response(answer, checks=[*CHECKS, *more])
    if answer.status_code >= 400 and not case.operation.path.startswith("/oauth/"):
        well_formed(answer)
    if role == NOBODY and is_secured(case.operation):
        assert answer.status_code == 401 or (is_negative and answer.status_code == 404)


def generated(
    operation: Operation, examples: int, run: Any, modes: Sequence[GenerationMode]
) -> int:
    """Run on generated requests; how many kinds of them there were."""
    kinds = 0
    for mode in modes:
        if mode is GenerationMode.NEGATIVE and not _can_be_wrong(operation):
            continue
        strategy = operation.as_strategy(generation_mode=mode)
        options = settings(
            max_examples=examples, database=None, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate],
        )  # fmt: skip
        options(given(strategy)(run))()
        kinds += 1
    return kinds


def _can_be_wrong(operation: Operation) -> bool:
    raw = operation.definition.raw
    parameters = [one for one in raw.get("parameters", ()) if one["in"] != "path"]
    return bool(parameters or "requestBody" in raw)


RIGHT, WRONG = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize(
    ("mode", "roles"),
    [
        pytest.param(RIGHT, FEW, id="right, some of every kind"),
        pytest.param(RIGHT, ROLES, id="right, everybody", marks=pytest.mark.slow),
        pytest.param(WRONG, FEW, id="wrong, some of every kind"),
        pytest.param(WRONG, ROLES, id="wrong, everybody", marks=pytest.mark.slow),
    ],
)
def test_every_operation_answers_everybody_as_it_says(
    shared_space: RunningSpace,
    document: dict[str, Any],
    session: requests.Session,
    shard: int,
    mode: GenerationMode,
    roles: Sequence[str],
) -> None:
    """One right and one wrong request an operation; what is wrong is refused before it counts who asks."""
    chosen = [
        one
        for one in operations(document, shared_space)
        if one.label not in DISRUPTIVE and (mode is RIGHT or _can_be_wrong(one))
    ][shard::SHARDS]
    asked = 0
    for operation in chosen:

        def run(case: AnyCase) -> None:
            nonlocal asked
            for role in roles:
                ask(case, shared_space, session, role)
                asked += 1

        generated(operation, 1, run, [mode])

    assert asked >= len(chosen) * len(roles) > 0


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_operation_answers_many_requests_as_it_says(
    shared_space: RunningSpace, document: dict[str, Any], session: requests.Session
) -> None:
    def run(case: AnyCase) -> None:
        for role in FEW:
            ask(case, shared_space, session, role)

    for operation in operations(document, shared_space):
        if operation.label not in DISRUPTIVE:
            generated(operation, 20, run, list(GenerationMode))


@pytest.mark.parametrize("label", sorted(DISRUPTIVE))
def test_what_would_disturb_the_others_refuses_whoever_may_not_and_whatever_is_wrong(
    shared_space: RunningSpace, document: dict[str, Any], session: requests.Session, label: str
) -> None:
    (operation,) = [one for one in operations(document, shared_space) if one.label == label]

    def in_names(roles: Sequence[str]) -> Any:
        def run(case: AnyCase) -> None:
            for role in roles:
                if role != CONTROL:
                    ask(case, shared_space, session, role)

        return run

    generated(operation, 1, in_names(ROLES), [RIGHT])
    generated(operation, 1, in_names(FEW), [WRONG])

    def with_a_wrong_body(case: AnyCase) -> None:
        assert case.meta is not None
        part = case.meta.components.get(ParameterLocation.BODY)
        assume(part is not None and part.mode is GenerationMode.NEGATIVE)
        ask(case, shared_space, session, CONTROL)

    generated(operation, 10, with_a_wrong_body, [GenerationMode.NEGATIVE])


PERIOD = {"begin": START, "einde": None}
IDENTITY = {"naam": "Verzonnen", "voornaam": "Joris", "elementen": {"bedrag": "437.50"}}
DAY = {"referentiedatum": "2024-12-31"}
UPLOADS = "/v1/aanlevering/jobbonusplus-mutaties"
BATCH = {
    "schema": "jobbonusplus-mutaties/1", "dag": START, "volgnummer": 1, "aantal": 0, "records": [],
}  # fmt: skip
CLERK = {"X-Magda-Enduser-ID": "82722401041"}
STORY: Sequence[tuple[str, str, str, Any, int]] = (
    # who, method, path, body, status
    (NOBODY, "GET", "/health", None, 200),
    (NOBODY, "GET", "/log/keys", None, 200),
    (NOBODY, "GET", "/log/checkpoint", None, 200),
    (NOBODY, "GET", "/pki/ca.pem", None, 200),
    (NOBODY, "GET", "/pki/crl", None, 200),
    (NOBODY, "GET", "/v1/protocollen", None, 200),
    (NOBODY, "GET", "/v1/protocollen/004", None, 200),
    (NOBODY, "GET", "/v1/protocollen/002/taken", None, 200),
    (NOBODY, "GET", "/v1/diensten", None, 200),
    (NOBODY, "GET", "/oauth/jwks", None, 200),
    ("infino", "GET", "/v1/rechten", None, 200),
    ("wewis", "POST", f"{UPLOADS}?dag={START}", BATCH, 202),
    ("wewis", "POST", f"{UPLOADS}?dag={START}", BATCH, 200),
    ("wewis", "POST", f"{UPLOADS}?dag={START}", {**BATCH, "aantal": 1, "records": [{"insz": KARIM}]}, 409),
    ("wewis", "POST", f"{UPLOADS}?dag={START}", {"records": []}, 400),
    ("ahovoks-studietoelagen", "POST", REGISTER, {"insz": NOOR, "periode": PERIOD}, 200),
    ("ahovoks-studietoelagen", "POST", CARE, {"insz": NOOR, **DAY}, 200),
    ("infino", "POST", REGISTER, {"insz": KARIM, "periode": PERIOD}, 200),
    ("infino", "POST", REGISTER, {"insz": KARIM, "periode": PERIOD}, 200),
    ("infino", "POST", REGISTER, {"insz": ELIF, "periode": PERIOD}, 200),
    ("infino", "POST", TRANSACTIONS, {"insz": KARIM}, 200),
    ("infino", "POST", TRANSACTIONS, {"insz": ELIF, "fiscaalJaar": 2023}, 200),
    ("infino", "POST", "/v1/auditlogging/bevraging", {"insz": KARIM}, 200),
    ("infino", "POST", DEREGISTER, {"insz": ELIF}, 200),
    ("infino", "POST", TRANSACTIONS, {"insz": ELIF}, 403),
    ("infino", "POST", CARE, {"insz": NOOR, **DAY}, 403),
    ("avsb", "POST", ADVICE, {"insz": AMINA, "openingsdatum": START}, 200),
    ("opgroeien-beleid", "POST", STATISTICS, {}, 200),
    ("dv-cc1700", "POST", DOSSIER, {"insz": JORIS, "vraag": "?", "kanaal": "post"}, 201),
    ("dv-cc1700", "POST", f"{DOSSIER}/V-1/identificatie", IDENTITY, 200),
    ("dv-cc1700", "GET", f"{DOSSIER}/V-1/dossier", None, 200),
    ("dv-cc1700", "POST", f"{DOSSIER}/V-1/identificatie", {"elementen": {}}, 200),
    ("wewis", "POST", "/v1/protocollen/001/gebeurtenissen", {"soort": "schorsing", "partij": "myfamily"}, 201),
    ("wewis", "POST", "/v1/protocollen/001/gebeurtenissen", {"soort": "beeindiging"}, 409),
    (NOBODY, "GET", "/v1/protocollen/001/gebeurtenissen", None, 200),
    ("zele-financien", "POST", "/v1/protocollen/003/doorgiften", {"derde": "OCMW Zele"}, 403),
    ("zele-financien", "POST", "/v1/gezin/betaalbestand/aanvragen", {}, 403),
    (CONTROL, "PUT", "/_sim/providers/wewis", {"automatic": False}, 200),
    (CONTROL, "GET", "/_sim/providers/wewis", None, 200),
    (CONTROL, "GET", "/_sim/clock", None, 200),
    (CONTROL, "POST", "/_sim/clock/advance", {"days": 1}, 200),
    (CONTROL, "PUT", "/_sim/clock", {"at": "2025-07-01T08:00:00+02:00"}, 200),
    (CONTROL, "PUT", "/_sim/clock", {"at": "2025-01-01T08:00:00+01:00"}, 409),
    ("zele-financien", "POST", "/v1/gezin/betaalbestand/aanvragen", {}, 201),
    ("zele-financien", "POST", "/v1/gezin/betaalbestand/aanvragen", {}, 200),
    (CONTROL, "GET", "/_sim/personas", None, 200),
    (CONTROL, "GET", "/_sim/personas/noor", None, 200),
    (CONTROL, "GET", "/_sim/personas/nobody", None, 404),
    (CONTROL, "POST", "/_sim/check", {"credential": "infino", "flow": "jobbonusplus-verrichtingen", "insz": KARIM}, 200),
    (CONTROL, "GET", "/_sim/protocols", None, 200),
    (CONTROL, "POST", "/_sim/protocols/reload", None, 200),
    (CONTROL, "GET", "/_sim/keys", None, 200),
    (CONTROL, "POST", "/_sim/keys", {"credential": "infino"}, 201),
    (CONTROL, "POST", "/_sim/keys/revocations", {"reference": "infino"}, 201),
    (CONTROL, "PUT", "/_sim/throttle", {"own": {"infino": {"rate": 1, "burst": 0}}}, 200),
    ("infino", "POST", TRANSACTIONS, {"insz": KARIM}, 429),
    (CONTROL, "GET", "/_sim/throttle", None, 200),
    (CONTROL, "PUT", "/_sim/faults", [{"where": "source.zorgtoeslag", "kind": "silent"}], 200),
    (CONTROL, "PUT", "/_sim/faults", [{"where": "source", "kind": "none"}], 400),
    (CONTROL, "GET", "/_sim/faults", None, 200),
    (CONTROL, "GET", "/_sim/faults/counts", None, 200),
    (CONTROL, "GET", "/_sim/faults/profiles", None, 200),
    (CONTROL, "DELETE", "/_sim/faults", None, 204),
    (NOBODY, "GET", "/log/proof/D-1", None, 200),
    (NOBODY, "GET", "/log/checkpoints", None, 200),
    (NOBODY, "GET", "/log/checkpoint/cosigned", None, 404),
    (NOBODY, "GET", "/log/consistency?from=1", None, 200),
    (CONTROL, "POST", "/_sim/spaces", {"id": "t1"}, 201),
    (CONTROL, "POST", "/_sim/spaces", {"id": "t1"}, 400),
    (CONTROL, "GET", "/_sim/spaces", None, 200),
    (CONTROL, "GET", "/_sim/spaces/t1", None, 200),
    (CONTROL, "POST", "/_sim/spaces/t1/reset", {}, 200),
    (CONTROL, "POST", "/_sim/spaces/t1/clone", {"id": "t2"}, 201),
    (CONTROL, "DELETE", "/_sim/spaces/t2", None, 204),
    (CONTROL, "DELETE", "/_sim/spaces/t1", None, 204),
    (CONTROL, "DELETE", "/_sim/spaces/t1", None, 404),
    (CONTROL, "POST", "/_sim/snapshots", {"name": "s1"}, 201),
    (CONTROL, "POST", "/_sim/snapshots", {"name": "s1"}, 400),
    (CONTROL, "GET", "/_sim/snapshots", None, 200),
    (CONTROL, "GET", "/_sim/snapshots/s1", None, 200),
    (CONTROL, "GET", "/_sim/snapshots/s1/file", None, 200),
    (CONTROL, "POST", "/_sim/snapshots", {"name": "s2", "file": "/nowhere.zip"}, 400),
    (CONTROL, "GET", "/_sim/snapshots/s1/difference", None, 200),
    (CONTROL, "GET", "/_sim/snapshots/s1/difference?with=s1", None, 200),
    (CONTROL, "GET", "/_sim/snapshots/s1/difference?with=s2", None, 404),
    (CONTROL, "POST", "/_sim/snapshots/s1/restore", None, 200),
    (CONTROL, "DELETE", "/_sim/snapshots/s1", None, 204),
    (CONTROL, "DELETE", "/_sim/snapshots/s1", None, 404),
    (CONTROL, "POST", "/_sim/recording", {"name": "r1"}, 201),
    (CONTROL, "POST", "/_sim/recording", {"name": "r2"}, 400),
    (CONTROL, "GET", "/_sim/recording", None, 200),
    (CONTROL, "DELETE", "/_sim/recording", None, 200),
    (CONTROL, "DELETE", "/_sim/recording", None, 400),
    (CONTROL, "POST", "/_sim/reset", {}, 200),
)  # fmt: skip


def test_a_whole_story_answers_as_it_says(space: RunningSpace, session: requests.Session) -> None:
    """What generated requests seldom reach: answers with data in them."""
    schema = schemathesis.openapi.from_url(f"{space.http}/openapi.json")
    schema.config.update(base_url=space.http)
    told = set()
    for role, method, target, body, status in STORY:
        path, _, query = target.partition("?")
        operation = schema.find_operation_by_path(method, path)
        assert operation is not None, path
        more = {"body": body, "media_type": "application/json"} if body is not None else {}
        more["query"] = dict(parse_qsl(query))
        case = operation.Case(path_parameters=_parameters(operation, path), **more)
        clerk = CLERK if path.startswith(DOSSIER) else {}

        answer = case.call(
            session=session, headers=headers_of(space, role) | clerk, timeout=WITHIN_S
        )

        assert answer.status_code == status, (method, path, answer.text)
        case.validate_response(answer, checks=CHECKS)
        told.add((operation.label, status))

    assert len(told) >= 40


def _parameters(operation: Operation, path: str) -> dict[str, str]:
    named = zip(operation.path.split("/"), path.split("/"), strict=True)
    return {name[1:-1]: value for name, value in named if name.startswith("{")}


def test_the_checks_bite(shared_space: RunningSpace, document: dict[str, Any], session: requests.Session) -> None:  # fmt: skip
    """A description that says less than the truth is found out."""
    lies: Mapping[str, Any] = {
        "a status": lambda doc: doc["paths"][TRANSACTIONS]["post"]["responses"].pop("403"),
        "a reason": lambda doc: doc["components"]["schemas"]["Problem"]["properties"]["reason"].update(enum=["internal"]),
        "a member": lambda doc: doc["components"]["schemas"]["Problem"]["properties"].pop("remedy"),
        "a form": lambda doc: doc["components"]["responses"]["Problem403"].update(content={"text/plain": {}}),
    }  # fmt: skip
    for lie in lies.values():
        lying = deepcopy(document)
        lie(lying)
        (operation,) = [
            one for one in operations(lying, shared_space) if one.label == f"POST {TRANSACTIONS}"
        ]
        case = operation.Case(body={"insz": KARIM}, media_type="application/json")
        answer = case.call(
            session=session, headers=headers_of(shared_space, "avsb"), timeout=WITHIN_S
        )
        assert answer.status_code == 403

        with pytest.raises(FailureGroup, match="Schemathesis found"):
            case.validate_response(answer, checks=CHECKS)


def test_no_parameter_is_said_to_be_null(document: dict[str, Any]) -> None:
    """What a query leaves out is absent; the word "null" in it is a text like any other."""
    schemas = [
        parameter["schema"]
        for operations_here in document["paths"].values()
        for operation in operations_here.values()
        for parameter in operation.get("parameters", ())
    ]

    assert len(schemas) > 100
    assert not [one for one in schemas if "null" in str(one)]


def test_every_operation_tells_what_it_may_refuse(document: dict[str, Any]) -> None:
    for path, operations_here in document["paths"].items():
        for method, operation in operations_here.items():
            told = set(operation["responses"])
            assert {"400", "405", "500", "503"} <= told, (method, path)
            assert "422" not in told
            if operation.get("security"):
                assert "401" in told
            if any("token" in one for one in operation.get("security", ())):
                assert {"403", "429"} <= told, (method, path)
            if "requestBody" in operation:
                assert "413" in told
            if "/bevraging" in path:
                assert {"404", "502"} <= told
    assert "409" in document["paths"]["/v1/protocollen/{key}/gebeurtenissen"]["post"]["responses"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_answer_of_a_service_has_a_form(document: dict[str, Any]) -> None:
    for path, operations_here in document["paths"].items():
        for operation in operations_here.values():
            if "consultation" in operation.get("tags", ()):
                (answer, *_) = [
                    one for status, one in operation["responses"].items() if status < "300"
                ]
                assert "$ref" in answer["content"]["application/json"]["schema"], path


def test_another_method_is_told_which_are_allowed(
    shared_space: RunningSpace, document: dict[str, Any], session: requests.Session
) -> None:
    token = headers_of(shared_space, "dv-cc1700")
    for path, operations_here in document["paths"].items():
        allowed = {method.upper() for method in operations_here}
        real = path.replace("{key}", "004").replace("{vraag}", "V-1").replace("{party}", "wewis")
        real = real.replace("{n}", "1")
        for method in METHODS:
            if method in allowed:
                continue
            answer = session.request(method, shared_space.http + real, headers=token, timeout=20)

            assert answer.status_code == 405, (method, path)
            assert {one.strip() for one in answer.headers["allow"].split(",")} == allowed
            if not path.startswith("/oauth/"):
                assert answer.json()["reason"] == "read-only"
