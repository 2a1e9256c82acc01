"""The client under test: an address or a command that does its day's work when it is told to.

It is given one JSON document (POST, or standard input) and answers with another (the response, or
standard output). `docs/conformance.md` tells both.
"""

import json
import os
import shlex
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

Job = Mapping[str, Any]
Told = Mapping[str, Any]
_SHOWN = 600
_PREFIX = "CONFORM_"


class SutFailed(Exception):
    """The client did not do its work; the text says how that showed."""


class Sut(Protocol):
    """A client under test."""

    def work(self, job: Job) -> Told:
        """Have it do a day's work; what it tells."""
        ...


@dataclass(frozen=True, slots=True)
class UrlSut:
    """A service: the job is posted to its address."""

    url: str
    timeout_s: float = 120.0

    def work(self, job: Job) -> Told:
        """Post the job.

        Raises:
            SutFailed: it is not there, too slow, or answers something else than 2xx with JSON.
        """
        try:
            answer = httpx.post(self.url, json=job, timeout=self.timeout_s, trust_env=False)
        except httpx.HTTPError as error:
            raise SutFailed(f"{self.url} gave no answer: {type(error).__name__}: {error}") from None
        if not answer.is_success:
            raise SutFailed(f"{self.url} answered {answer.status_code}: {_short(answer.text)}")
        return _read(answer.text)


@dataclass(frozen=True, slots=True)
class CommandSut:
    """A command: the job comes on standard input, its plain words also as `CONFORM_…` variables."""

    command: str
    timeout_s: float = 120.0

    def work(self, job: Job) -> Told:
        """Run the command.

        Raises:
            SutFailed: it is not there, too slow, ends with another status than 0, or prints no JSON.
        """
        try:
            done = subprocess.run(  # noqa: S603  it is what the caller wants to have tested
                shlex.split(self.command), input=json.dumps(job), capture_output=True, text=True,
                timeout=self.timeout_s, check=False, env={**os.environ, **_variables(job)},
            )  # fmt: skip
        except OSError as error:
            raise SutFailed(f"cannot be run: {error}") from None
        except subprocess.TimeoutExpired:
            raise SutFailed(f"was not done within {self.timeout_s:g} s") from None
        if done.returncode != 0:
            raise SutFailed(f"ended with status {done.returncode}: {_short(done.stderr)}")
        return _read(done.stdout)


@dataclass(frozen=True, slots=True)
class FunctionSut:
    """A function in this process."""

    function: Callable[[Job], Told]

    def work(self, job: Job) -> Told:
        """Call it.

        Raises:
            SutFailed: it raised.
        """
        try:
            return self.function(job)
        except Exception as error:
            raise SutFailed(f"{type(error).__name__}: {error}") from error


def sut_of(text: str, timeout_s: float) -> Sut:
    """An address if it begins as one, else a command."""
    is_address = text.startswith(("http://", "https://"))
    return UrlSut(text, timeout_s) if is_address else CommandSut(text, timeout_s)


def _variables(job: Job, before: str = _PREFIX) -> dict[str, str]:
    """Words and numbers of the job by name: `gateway.token` is `CONFORM_GATEWAY_TOKEN`."""
    found: dict[str, str] = {}
    for name, value in job.items():
        key = f"{before}{name.upper()}"
        if isinstance(value, Mapping):
            found |= _variables(value, f"{key}_")
        elif isinstance(value, str | int):
            found[key] = str(value)
    return found


def _read(text: str) -> Told:
    try:
        told = json.loads(text)
    except ValueError:
        raise SutFailed(f"told no JSON: {_short(text) or 'nothing'}") from None
    if not isinstance(told, dict):
        raise SutFailed(f"told no JSON object: {_short(text)}")
    return told


def _short(text: str) -> str:
    """The end of it, where a program says what went wrong."""
    bare = text.strip()
    return bare if len(bare) <= _SHOWN else f"… {bare[-_SHOWN:]}"
