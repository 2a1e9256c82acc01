"""A message means one thing: whoever stands before the gateway reads in it what the gateway reads."""

import pytest

from tests.people import KARIM
from tests.running import TRANSACTIONS, RunningSpace
from tests.sockets import QUESTION, bearer, request, talk

ACTS = "/v1/protocollen/001/gebeurtenissen"


@pytest.fixture(scope="module")
def served(shared_space: RunningSpace) -> RunningSpace:
    shared_space.register("infino", KARIM)
    return shared_space


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", TRANSACTIONS), ("POST", "/soap"), ("POST", ACTS), ("GET", "/v1/rechten"), ("GET", "/_sim/clock"),
        ("GET", "/metrics"), ("GET", "/docs"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("behind", ["/", "//", "%2F"])
def test_no_question_is_sent_on_to_where_its_host_says(
    served: RunningSpace, method: str, path: str, behind: str
) -> None:
    """The body would go there again, and the person in it."""
    message = request(bearer(served, "infino"), path=path + behind, method=method)

    (answer,) = talk(served, message.replace(b"Host: x", b"Host: elsewhere.example"))

    assert answer.status == 404
    assert b"elsewhere" not in repr(answer).encode()
    assert answer.headers["sim-protocol"] == "platform"


@pytest.mark.parametrize(
    "path",
    [
        TRANSACTIONS.upper(), "/" + TRANSACTIONS, TRANSACTIONS + ";a=b", TRANSACTIONS + "%00", TRANSACTIONS + "%20",
        "/v1/.." + TRANSACTIONS, "/v1/%2e%2e" + TRANSACTIONS, "/spaces/.." + TRANSACTIONS, "/spaces/" + TRANSACTIONS,
        "/spaces/%2e%2e" + TRANSACTIONS, "/%2e" + TRANSACTIONS,
    ],
)  # fmt: skip
def test_a_path_that_is_almost_one_of_ours_is_nothing(served: RunningSpace, path: str) -> None:
    before = len(served.leaves())

    (answer,) = talk(served, request(bearer(served, "infino"), path=path))

    assert answer.status == 404
    assert len(served.leaves()) == before


@pytest.mark.parametrize(
    "fields",
    [
        b"X-HTTP-Method-Override: DELETE\r\n", b"X-Original-URL: /_sim/clock\r\n", b"X-Rewrite-URL: /_sim/clock\r\n",
        b"X-Forwarded-Prefix: /spaces/t1\r\n", b"X-Forwarded-Host: y\r\nForwarded: host=y\r\n", b"Client-Cert: :AAAA:\r\n",
    ],
)  # fmt: skip
def test_no_field_says_that_another_message_is_meant(served: RunningSpace, fields: bytes) -> None:
    (answer,) = talk(served, request(bearer(served, "infino") + fields))

    assert answer.status == 200
    assert b'"verrichtingen":[' in answer.body


@pytest.mark.parametrize(
    "others", [("infino", "kidslife"), ("kidslife", "infino"), ("infino", "infino")]
)
@pytest.mark.parametrize(("path", "status"), [(TRANSACTIONS, 401), ("/soap", 500), (ACTS, 401)])
def test_of_two_credentials_none_counts(
    served: RunningSpace, others: tuple[str, str], path: str, status: int
) -> None:
    """A proxy may have looked at the other one."""
    before = len(served.leaves())
    own = b"".join(bearer(served, one) for one in others)
    fields = own + b"Content-Type: application/json\r\n"

    (answer,) = talk(served, request(fields, path=path))

    assert answer.status == status
    (entry,) = served.leaves()[before:]
    assert entry["reasons"] == ["credential-invalid"]


def test_of_two_control_tokens_none_counts(served: RunningSpace) -> None:
    token = b"Authorization: Bearer " + served.ready["control_token"].encode() + b"\r\n"

    once, twice = (
        talk(served, request(token * count, b"", method="GET", path="/_sim/clock"))[0]
        for count in (1, 2)
    )

    assert (once.status, twice.status) == (200, 401)


@pytest.mark.parametrize(
    ("fields", "body", "length", "told"),
    [
        (b"Content-Encoding: gzip\r\nContent-Encoding: identity\r\n", QUESTION, -1, "Content-Encoding"),
        (b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", b"16\r\n" + QUESTION + b"\r\n0\r\n\r\n", None,
         "Transfer-Encoding"),
    ],
    ids=["content", "transfer"],
)  # fmt: skip
def test_a_coding_in_a_field_of_its_own_is_one_all_the_same(
    served: RunningSpace, fields: bytes, body: bytes, length: int | None, told: str
) -> None:
    message = request(bearer(served, "infino") + fields, body, length=length)

    (answer,) = talk(served, message)

    assert (answer.status, answer.problem["reason"]) == (400, "message-invalid")
    assert told in answer.problem["detail"]


def test_of_two_senders_the_last_does_not_cover_the_first(served: RunningSpace) -> None:
    right = b"X-Magda-Sender-ID: " + served.credential("infino")["uri"].encode() + b"\r\n"
    wrong = b"X-Magda-Sender-ID: somebody.else/-aip\r\n"
    before = len(served.leaves())

    answers = [
        talk(served, request(bearer(served, "infino") + fields))[0].status
        for fields in (right, wrong + right, right + wrong)
    ]

    assert answers == [200, 403, 403]
    assert [one["reasons"] for one in served.leaves()[before:]] == [[], *[["sender-mismatch"]] * 2]
