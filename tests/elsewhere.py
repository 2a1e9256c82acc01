"""Functions that run in a process of their own: forked from a server that has everything loaded, so in milliseconds."""

import logging
import multiprocessing
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.exchange"])
_LONG_S = 240


def begin(work: Callable[..., None], *args: Any) -> tuple[ForkServerProcess, Connection]:
    """Start a function of a module elsewhere, with a pipe as its first argument; the other end of that."""
    mine, theirs = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=work, args=(theirs, *args))
    process.start()
    theirs.close()
    return process, mine


def run(work: Callable[..., Any], *args: Any) -> Any:
    """Run a function elsewhere to its end; what it gives, and its failure is a failure here."""
    process, pipe = begin(_report, work, args)
    try:
        assert pipe.poll(_LONG_S), "it never came to an end"
        is_well, told = pipe.recv()
    finally:
        process.kill()
        process.join()
        process.close()
        pipe.close()
    assert is_well, told
    return told


def _report(pipe: Connection, work: Callable[..., Any], args: tuple[Any, ...]) -> None:
    logging.disable(logging.CRITICAL)
    try:
        pipe.send((True, work(*args)))
    except BaseException:  # noqa: BLE001  told in the other process
        pipe.send((False, traceback.format_exc()))
