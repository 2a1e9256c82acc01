"""HTTP as nobody should send it, and as some really do: one answer, the right one, or a clear refusal."""

import contextlib
import subprocess
from pathlib import Path

import pytest

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from gateway.web.door_limits import Phase
from tests.people import KARIM
from tests.running import CARE, TRANSACTIONS, RunningSpace
from tests.sockets import (
    QUESTION,
    bearer,
    connections,
    line,
    next_answer,
    parse,
    request,
    talk,
    until_closed,
)
from tests.waiting import eventually

CHUNKED = b"Transfer-Encoding: chunked\r\n"
SMUGGLED = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
ACTS = "/v1/protocollen/001/gebeurtenissen"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n" % len(data) + data + b"\r\n"


WHOLE = chunk(QUESTION) + b"0\r\n\r\n"


@pytest.fixture(scope="module")
def served(shared_space: RunningSpace) -> RunningSpace:
    shared_space.register("infino", KARIM)
    return shared_space


@pytest.mark.parametrize(
    ("fields", "body", "length"),
    [
        (CHUNKED, b"0\r\n\r\n" + SMUGGLED, -1),
        (CHUNKED, b"0\r\n\r\n" + SMUGGLED, 5),
        (CHUNKED + b"Transfer-Encoding: identity\r\n", b"0\r\n\r\n" + SMUGGLED, None),
        (b"Transfer-Encoding: chunked, gzip\r\n", b"0\r\n\r\n" + SMUGGLED, None),
        (b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n" + SMUGGLED, None),
        (b"Transfer-Encoding:\x0bchunked\r\n", b"0\r\n\r\n" + SMUGGLED, None),
        (b"X: y\rTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + SMUGGLED, 5),
        (b"Content-Length: 3\r\n", QUESTION + SMUGGLED, len(QUESTION)),
        (b"Content-Length: 22, 22\r\n", QUESTION + SMUGGLED, None),
        (b"Content-Length: +22\r\n", QUESTION + SMUGGLED, None),
        (b"Content-Length: 0x16\r\n", QUESTION + SMUGGLED, None),
        (b"Content-Length: -1\r\n", QUESTION + SMUGGLED, None),
        (b"Content-Length: 99999999999999999999999\r\n", QUESTION, None),
        (b"X-Folded: a\r\n b\r\n", QUESTION, -1),
        (b"X-Nul: a\0b\r\n", QUESTION, -1),
        (b"X Spaced: a\r\n", QUESTION, -1),
        (b": no name\r\n", QUESTION, -1),
        (b"Host: y\r\n", QUESTION, -1),
    ],
)  # fmt: skip
def test_a_message_of_two_lengths_or_none_is_refused_and_hides_no_other(
    served: RunningSpace, fields: bytes, body: bytes, length: int | None
) -> None:
    message = request(bearer(served, "infino") + fields, body, length=length)
    before = len(served.leaves())

    for door in ("http", "https"):
        (answer,) = talk(served, message, door=door)

        assert answer.status == 400
        assert answer.headers["connection"] == "close"
        assert answer.problem["reason"] == "message-invalid"
        assert answer.problem["decision"] is None
        assert KARIM.encode() not in answer.body
    assert len(served.leaves()) == before, "it never became a message"


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        (b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n" + SMUGGLED),
        (CHUNKED, b"zz\r\n" + QUESTION + b"\r\n0\r\n\r\n"),
        (CHUNKED, b"16\n" + QUESTION + b"\n0\n\n"),
        (CHUNKED, b"fffffffffffffffff\r\n" + QUESTION),
        (CHUNKED, b"-1\r\n" + QUESTION),
        (CHUNKED, b"5\r\n" + QUESTION + b"\r\n0\r\n\r\n"),
    ],
)
@pytest.mark.parametrize("path", [TRANSACTIONS, "/soap", ACTS])
def test_a_body_that_is_framed_wrongly_is_refused_as_its_service_does_and_entered(
    served: RunningSpace, path: str, fields: bytes, body: bytes
) -> None:
    before = len(served.leaves())
    message = request(bearer(served, "infino") + fields, body, length=None, path=path)

    for door in ("http", "https"):
        (answer,) = talk(served, message, door=door)

        assert answer.status == (500 if path == "/soap" else 400)
        assert (b"this is no HTTP message" in answer.body) == (fields == CHUNKED)
        assert (b"an encoded body is not read here" in answer.body) == (fields != CHUNKED)
    entries = served.leaves()[before:]
    assert [one["reasons"] for one in entries] == [["message-invalid"]] * 2
    assert {one.get("credential") or one.get("by") for one in entries} == {"infino"}


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /health\r\n\r\n",
        b"GET /health HTTP/1.1\r\n\r\n",
        b"GET /health HTTP/2.0\r\nHost: x\r\n\r\n",
        b"GET /health HTTP/1.1\nHost: x\n\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"get /health HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_is_no_http_is_told_so(served: RunningSpace, raw: bytes) -> None:
    before = len(served.leaves())

    (answer,) = talk(served, raw)

    assert (answer.status, answer.problem["reason"]) == (400, "message-invalid")
    assert answer.problem["remedy"]
    assert len(served.leaves()) == before, "nothing was asked"


@pytest.mark.parametrize(
    "fields",
    [b"X-Long: " + b"a" * 3_000_000 + b"\r\n", b"X-Long: " + b"a" * 40_000 + b"\r\n",
     b"".join(b"X-%d: y\r\n" % n for n in range(5_000)), b"X-Short: y\r\n" * 110],
    ids=["three megabytes", "forty kilobytes", "five thousand fields", "a hundred and ten"],
)  # fmt: skip
def test_a_head_that_is_too_long_is_refused_on_both_doors(
    served: RunningSpace, fields: bytes
) -> None:
    for door in ("http", "https"):
        (answer,) = talk(served, request(fields), door=door)

        assert (answer.status, answer.problem["reason"]) == (413, "too-large")


def test_a_head_that_is_too_long_is_refused_in_how_many_pieces_it_comes(
    served: RunningSpace,
) -> None:
    head = request(b"X-Long: " + b"a" * 40_000 + b"\r\n")

    (answer,) = talk(served, head[:20_000], head[20_000:])

    assert (answer.status, answer.problem["reason"]) == (413, "too-large")


def test_a_target_that_is_too_long_is_refused(served: RunningSpace) -> None:
    (answer,) = talk(served, request(path="/" + "a" * 1_000_000))

    assert answer.status == 413


def test_a_head_within_the_limits_is_read_however_it_comes(served: RunningSpace) -> None:
    fields = bearer(served, "infino") + b"X: " + b"a" * 20_000 + b"\r\n" + b"Y: z\r\n" * 80
    message = request(fields)

    (whole,) = talk(served, message)
    (parts,) = talk(served, *[message[n : n + 777] for n in range(0, len(message), 777)])

    assert (whole.status, parts.status) == (200, 200)


@pytest.mark.parametrize(
    "fields",
    [
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
        b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
        b"Connection: keep-alive, upgrade\r\nUpgrade: TLS/1.3\r\n",
    ],
    ids=["h2c", "websocket", "tls"],
)
def test_an_offer_of_another_protocol_is_passed_over(served: RunningSpace, fields: bytes) -> None:
    """The stock HTTP client of Java offers HTTP/2 with its first message, body and all."""
    own = bearer(served, "infino")
    asked, chunked = request(own + fields), request(own + fields + CHUNKED, WHOLE, length=None)
    looked = request(fields, b"", method="GET", path="/health", length=None)

    together = talk(served, looked + asked + chunked + asked)
    with line(served) as connection:
        head, _, body = asked.partition(b"\r\n\r\n")
        connection.sendall(head + b"\r\n\r\n")
        eventually(lambda: Phase.BODY in [one.phase() for one in connections(served)])
        connection.sendall(body)
        apart = next_answer(connection)

    assert [one.status for one in together] == [200, 200, 200, 200]
    assert apart.status == 200
    assert all(b'"verrichtingen":[' in one.body for one in (*together[1:], apart))


@pytest.mark.needs("javac")
def test_the_stock_client_of_java_asks_over_plain_http(
    served: RunningSpace, tmp_path: Path
) -> None:
    source = Path(__file__).parents[1] / "clients/PlainClient.java"
    token = served.credential("infino")["token"]
    url = served.http + TRANSACTIONS

    done = subprocess.run(
        ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", str(source), url, token, QUESTION.decode()],
        capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["200", "200"]


def test_pipelined_messages_are_answered_in_order(served: RunningSpace) -> None:
    own = bearer(served, "infino")
    messages = [request(own + b"x-correlation-id: r-%d\r\n" % n) for n in range(20)]

    answers = talk(served, b"".join(messages))

    assert [one.status for one in answers] == [200] * 20
    assert [one.headers["x-correlation-id"] for one in answers] == [f"r-{n}" for n in range(20)]


@pytest.mark.parametrize(
    "broken", [b"\0\0nonsense\r\n\r\n", request(CHUNKED, b"zz\r\n", length=None), b"GET /a b c\r\n"]
)
@pytest.mark.parametrize("whole", [1, 3])
def test_what_is_broken_behind_whole_messages_takes_nobody_elses_place(
    served: RunningSpace, whole: int, broken: bytes
) -> None:
    """A refusal sent at once would be read as the answer to the message before it."""
    before = len(served.leaves())

    answers = talk(served, request(bearer(served, "infino")) * whole + broken)

    is_message = b"zz" in broken
    assert [one.status for one in answers] == [200] * whole + [401] * is_message
    assert len(served.leaves()) == before + whole + is_message


def test_a_body_that_breaks_off_is_refused_and_entered(served: RunningSpace) -> None:
    before = len(served.leaves())
    head = request(bearer(served, "infino") + CHUNKED, chunk(b'{"insz"'), length=None)
    with line(served) as connection:
        connection.sendall(head)
        eventually(lambda: len(served.host._http.server_state.tasks) > 0)
        connection.sendall(b"no size\r\n")
        (answer,) = parse(until_closed(connection))

    assert "did not arrive whole" in answer.problem["detail"]
    assert answer.problem["decision"] == answer.headers["sim-decision"]
    (entry,) = served.leaves()[before:]
    assert (entry["credential"], entry["reasons"]) == ("infino", ["message-invalid"])


def test_an_older_client_gets_one_answer_and_the_end(served: RunningSpace) -> None:
    own = bearer(served, "infino")
    old = request(own).replace(b"HTTP/1.1\r\nHost: x\r\n", b"HTTP/1.0\r\n")
    with line(served) as connection:
        connection.sendall(old)
        (answer,) = parse(until_closed(connection))

    assert (answer.status, answer.headers["connection"]) == (200, "close")


def test_a_client_that_asks_first_is_told_to_go_on(served: RunningSpace) -> None:
    fields = bearer(served, "infino") + b"Expect: 100-continue\r\n"
    with line(served) as connection:
        connection.sendall(request(fields, b"", length=len(QUESTION)))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(QUESTION)
        (answer,) = parse(connection.recv(65_536))

    assert answer.status == 200


def test_a_client_that_asks_first_with_too_much_is_told_no(served: RunningSpace) -> None:
    fields = bearer(served, "infino") + b"Expect: 100-continue\r\n"
    with line(served) as connection:
        connection.sendall(request(fields, b"", length=10_000_000_000))
        (answer,) = parse(until_closed(connection))

    assert (answer.status, answer.problem["reason"]) == (413, "too-large")
    assert served.leaves()[-1]["reasons"] == ["too-large"]


@pytest.mark.parametrize("path", [TRANSACTIONS, "/soap", ACTS])
def test_a_length_over_the_limit_is_refused_before_anything_is_read(
    served: RunningSpace, path: str
) -> None:
    before = len(served.leaves())
    fields = bearer(served, "infino") + b"Content-Type: application/json\r\n"
    with line(served) as connection:
        connection.sendall(request(fields, b"abc", length=10_000_000_000, path=path))
        answer = connection.recv(65_536)

    assert answer.startswith(b"HTTP/1.1 500" if path == "/soap" else b"HTTP/1.1 413")
    assert b"too-large" in answer
    (entry,) = served.leaves()[before:]
    assert entry["reasons"] == ["too-large"]
    assert "infino" in (entry.get("credential"), entry.get("by"))


def test_a_body_over_the_limit_that_is_sent_all_the_same_is_read_past(
    served: RunningSpace,
) -> None:
    own, much = bearer(served, "infino"), b" " * 3_000_000
    stated = request(own, much)
    chunks = request(own + CHUNKED, chunk(much) + b"0\r\n\r\n", length=None)

    answers = talk(served, stated + request(own)), talk(served, chunks + request(own))

    assert [[one.status for one in each] for each in answers] == [[413, 200], [413, 200]]


def test_the_control_api_has_the_same_limits(served: RunningSpace) -> None:
    fields = (
        b"Authorization: Bearer "
        + served.ready["control_token"].encode()
        + b"\r\nContent-Type: application/json\r\n"
    )
    much = b'{"credential":"' + b"a" * 2_000_000 + b'"}'

    declared, counted = (
        talk(served, request(fields, much, path="/_sim/check")),
        talk(served, request(fields + CHUNKED, chunk(much) + b"0\r\n\r\n", path="/_sim/check", length=None)),
    )  # fmt: skip

    assert [one.status for one in (*declared, *counted)] == [413, 413]
    assert declared[0].problem["detail"] == "the message is larger than 1048576 bytes"


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd", "compress, gzip", "GZIP"])
@pytest.mark.parametrize("path", [TRANSACTIONS, CARE, "/soap", ACTS])
def test_an_encoded_body_is_refused_with_what_to_do(
    served: RunningSpace, path: str, coding: str
) -> None:
    fields = bearer(served, "infino") + f"Content-Encoding: {coding}\r\n".encode()

    (answer,) = talk(served, request(fields, b"\x1f\x8b\x08\0", path=path))

    assert answer.status == (500 if path == "/soap" else 400)
    assert b"`Content-Encoding`: an encoded body is not read here" in answer.body
    assert b"uncompressed" in answer.body
    assert served.leaves()[-1]["reasons"] == ["message-invalid"]


def test_a_body_that_is_encoded_on_its_way_is_refused_too(served: RunningSpace) -> None:
    fields = bearer(served, "infino") + b"Transfer-Encoding: gzip, chunked\r\n"

    refused, following = talk(served, request(fields, WHOLE, length=None) + SMUGGLED)

    assert "Transfer-Encoding" in refused.problem["detail"]
    assert following.status == 200


def test_chunks_may_have_extensions_and_fields_behind_them_that_count_for_nothing(
    served: RunningSpace,
) -> None:
    body = (
        b"16;a=b\r\n"
        + QUESTION
        + b"\r\n0\r\nAuthorization: Bearer x\r\nx-correlation-id: y\r\n\r\n"
    )
    fields = bearer(served, "infino") + CHUNKED + b"x-correlation-id: mine\r\n"

    (answer,) = talk(served, request(fields, body, length=None))

    assert (answer.status, answer.headers["x-correlation-id"]) == (200, "mine")


@pytest.mark.parametrize("door", ["http", "https"])
@pytest.mark.parametrize(
    ("begun", "more"),
    [
        (b"0\r\nX: ", b"a" * 1_000),
        (b"0\r\n", b"X: y\r\n" * 200),
        (b"1;", b"a" * 1_000),
        (b"", b"0" * 1_000),
    ],
    ids=["one field", "many fields", "an extension", "a size"],
)
def test_what_has_no_end_around_a_body_is_not_collected(
    served: RunningSpace, door: str, begun: bytes, more: bytes
) -> None:
    """A stranger who goes on for ever is told so, while others are answered."""
    before = len(served.leaves())
    with line(served, door=door) as connection:
        connection.sendall(request(CHUNKED, begun, length=None))
        eventually(lambda: len(served.host._http.server_state.tasks) > 0)
        with contextlib.suppress(ConnectionError):
            for _ in range(60):
                connection.sendall(more)
        (other,) = talk(served, request(bearer(served, "infino")))
        (answer,) = parse(until_closed(connection))

    assert (other.status, answer.status) == (200, 401)
    assert sorted(one["reasons"] for one in served.leaves()[before:]) == [
        [],
        ["credential-missing"],
    ]


def test_who_goes_on_for_ever_behind_a_body_is_told_where(served: RunningSpace) -> None:
    body = b"16\r\n" + QUESTION + b"\r\n0\r\nX: " + b"a" * 40_000 + b"\r\n\r\n"

    (answer,) = talk(served, request(bearer(served, "infino") + CHUNKED, body, length=None))

    assert answer.problem["reason"] == "message-invalid"
    assert "more than 32768 bytes stand between its chunks or behind it" in answer.problem["detail"]
    assert served.leaves()[-1]["reasons"] == ["message-invalid"]


def test_tiny_chunks_are_read_up_to_a_number(served: RunningSpace) -> None:
    own = bearer(served, "infino") + CHUNKED
    tiny = b"".join(chunk(QUESTION[n : n + 1]) for n in range(len(QUESTION)))
    endless = b"1\r\n \r\n" * 50_000
    before = len(served.leaves())

    (read,) = talk(served, request(own, tiny + b"0\r\n\r\n", length=None))
    (refused,) = talk(served, request(own, endless + WHOLE, length=None))

    assert (read.status, refused.status) == (200, 400)
    assert "pieces" in refused.problem["detail"]
    assert [one["reasons"] for one in served.leaves()[before:]] == [[], ["message-invalid"]]


def test_lines_before_a_message_are_passed_over(served: RunningSpace) -> None:
    (answer,) = talk(served, b"\r\n" * 100 + request(bearer(served, "infino")))

    assert answer.status == 200


def test_a_length_over_the_limit_of_the_settings_is_refused(tmp_path: Path) -> None:
    options = Settings(
        data=tmp_path / "space", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True, body_limit=20
    )  # fmt: skip
    host = Host(options)
    try:
        space = RunningSpace(host, host.start())
        (answer,) = talk(space, request(bearer(space, "infino")))
    finally:
        host.stop()

    assert answer.status == 413
