"""`python -m gateway` is the `magda-sim` command."""

from gateway.cli.main import main

main()
