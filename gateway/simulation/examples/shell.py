"""Examples as lines for a shell: curl for calls, sftp for files."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.contracts.drop import Factor
from gateway.simulation.examples.shapes import CONTROL, OF_KEY, Call, Example, Upload

_END = "EINDE"


def lines(one: Example, ready: Mapping[str, Any]) -> Iterator[str]:
    """What is typed: the clock and text that it needs as remarks, what goes before, and the call."""
    if one.clock:
        yield f"# in a space that began at {one.clock}"
    if one.note:
        yield f"# {one.note}"
    for path, value in one.text.items():
        yield f"# with {path}: {value}"
    for step in (*one.before, one.sent):
        yield from _upload(step, ready) if isinstance(step, Upload) else _curl(step, ready)


def _curl(call: Call, ready: Mapping[str, Any]) -> Iterator[str]:
    token = _token(call, ready)
    shown = [("Authorization", f"Bearer {token}")] if token else []
    headers = "".join(
        f" -H {_quoted(f'{name}: {value}')}" for name, value in [*shown, *call.headers.items()]
    )
    method = f" -X {call.method}" if call.method not in ("GET", "POST") else ""
    sent = f" --data-binary @- <<'{_END}'" if call.body else ""
    yield f"curl -sS{method} {_quoted(ready['http'] + call.path)}{headers}{sent}"
    if call.body:
        yield call.body
        yield _END


def _quoted(text: str) -> str:
    """Quoted for a shell; a variable stays one."""
    return f'"{text}"' if "$" in text else shlex.quote(text)


def _token(call: Call, ready: Mapping[str, Any]) -> str | None:
    if call.credential is None or not call.is_ours:
        return call.credential and "onzin"
    if call.credential == CONTROL:
        return str(ready["control_token"])
    return str(ready["credentials"][call.credential]["token"])


def _upload(file: Upload, ready: Mapping[str, Any]) -> Iterator[str]:
    door, one = ready["sftp"], ready["credentials"][file.credential]
    yield f"cat > {_quoted(file.name)} <<'{_END}'"
    yield file.content
    yield _END
    host, port = door["host"], door["port"]
    line = _quoted(f"[{host}]:{port} {door['host_key']}")
    yield f"echo {line} > known_hosts"
    only = "-o IdentitiesOnly=yes -o UserKnownHostsFile=known_hosts"
    known = f"-P {port} -i {_quoted(one['sftp_key'])} {only}"
    user = _quoted(f"{one['sftp_user'] or file.credential}@{door['host']}")
    put = _quoted(f"put {file.name} /in/{file.flow}/{file.name}")
    if Factor.CODE in OF_KEY[file.credential].factors:
        yield f"# it asks for the one-time code of `sftp_totp`; then type: put {file.name} /in/{file.flow}/{file.name}"
        yield f"sftp {known} {user}"
    else:
        yield f"echo {put} | sftp -b - {known} {user}"


class Unknown(Mapping[str, Any]):
    """Stands for the ready file where no space is known: a variable for each token."""

    def __init__(self, *path: str) -> None:
        self._path = path

    def __getitem__(self, name: str) -> Any:
        plain = {"http": "http://127.0.0.1:8480", "control_token": "$CONTROL_TOKEN", "sftp_user": None,
                 "host": "127.0.0.1", "port": 8422, "host_key": "$HOST_KEY"}  # fmt: skip
        if name in plain:
            return plain[name]
        if name in ("token", "sftp_key"):
            word = "TOKEN" if name == "token" else "KEY"
            return f"${word}_{self._path[-1].upper().replace('-', '_')}"
        return Unknown(*self._path, name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
