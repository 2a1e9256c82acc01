"""Room for frames: what is called comes back as it would without, and its calls ask the system for no memory."""

import subprocess
import sys

import pytest

from gateway.contracts.frame_room import with_room

FAULTS = """
import resource
from gateway.contracts.frame_room import with_room

def leaf():
    return None

def at(depth):
    if depth:
        return at(depth - 1)
    for _ in range(1000):
        leaf()

def faults(call):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    call()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def sweep():
    for depth in range(400):
        at(depth)

sweep()
print(faults(sweep), faults(lambda: with_room(sweep)))
"""
"""A loop at each of many depths; memory that is taken anew is told as a page fault."""


def test_what_is_called_gives_and_raises_what_it_would_without() -> None:
    assert with_room(lambda: sum([1, 2])) == 3
    with pytest.raises(ZeroDivisionError):
        with_room(lambda: 1 // 0)


def test_no_loop_takes_memory_at_each_call_whatever_its_depth() -> None:
    told = subprocess.run(
        [sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True
    )
    without, roomy = map(int, told.stdout.split())
    assert without > 1000, "Python does no longer what this is for"
    assert roomy < 500
