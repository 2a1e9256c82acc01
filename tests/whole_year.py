"""A run as a process of its own, which tells at its end how much memory it ever held.

Used as `python -m tests.whole_year <what follows magda-sim run>`; the last line of its standard error is its peak in MB.
"""

import sys

from gateway.cli.main import app
from tests.large_batch import peak_memory

if __name__ == "__main__":
    try:
        app(["run", *sys.argv[1:]])
    finally:
        print(peak_memory(), file=sys.stderr)  # noqa: T201
