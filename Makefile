.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
# Many tests start processes: what Python compiled for one is there for the next, and nowhere in the tree.
export PYTHONDONTWRITEBYTECODE =
export PYTHONPYCACHEPREFIX = $(CURDIR)/.venv/pycache

.PHONY: help setup demo test check lint types imports format coverage slow nightly bench clean

help:  ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.done: pyproject.toml requirements/dev.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q consumers gateway providers sftp_drop
	touch $@

setup: .venv/.done  ## Make .venv with the pinned libraries and tools

demo: setup  ## The whole story over real HTTP and real SFTP, with a verified log
	@$(BIN)/magda-sim demo

test: setup  ## Every test but the slow ones
	@$(BIN)/pytest -n 3 --dist worksteal

slow: setup  ## The slow tests: crash storms and the largest batches
	@HYPOTHESIS_PROFILE=ci MAGDA_SIM_DISK=safe $(BIN)/pytest -n 2 --dist worksteal -m slow

nightly: setup  ## A hundred thousand questions put to both engines
	@MAGDA_SIM_SEED=$$(date +%F) MAGDA_SIM_REQUESTS=100000 $(BIN)/pytest -n 2 -q tests/differential

lint: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/codespell

types: setup
	@$(BIN)/mypy

imports: setup
	@$(BIN)/lint-imports

format: setup  ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

coverage: setup  ## Tests with the two coverage gates
	@rm -f .coverage*
	@HYPOTHESIS_PROFILE=ci MAGDA_SIM_REQUESTS=3000 MAGDA_SIM_DISK=safe $(BIN)/coverage run -m pytest -n 3 --dist worksteal -q
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report --fail-under=90
	@$(BIN)/coverage report --include='gateway/domain/*,gateway/flows/*' --fail-under=98

check: lint types imports test  ## What every commit must pass

bench: setup  ## The benchmarks beside their floors (not a test)
	@$(BIN)/python benchmarks/run_all.py

clean:
	rm -rf .venv var
