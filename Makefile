# Needs Python 3.11 or newer and make, nothing else. Everything else comes into .venv from requirements.lock.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo run test unit check format lint types bench screenshots lock clean

help:  ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: $(READY)  ## Make .venv and install the locked parts

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=…")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $(READY)

demo: $(READY)  ## The whole product on this machine, no account anywhere (ARGS="--port 3100 --reset --no-browser")
	$(BIN)/python -m bot demo $(ARGS)

run: $(READY)  ## The bot for your Slack workspace, settings from the environment or .env
	$(BIN)/python -m bot run

test: $(READY)  ## All tests, on SQLite and PostgreSQL; browser tests where a Chromium is installed
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

unit: $(READY)  ## The quick part, for every save
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow and not browser" $(ARGS)

check: format lint types test  ## What has to pass before a change lands

format: $(READY)
	$(BIN)/ruff format --check .

lint: $(READY)
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

bench: $(READY)  ## The speed figures, each with its floor measured beside it (ARGS=--quick for a first look)
	$(BIN)/python -m tests.bench $(ARGS)

screenshots: $(READY)  ## The README's pictures, taken afresh from the demo in the system's Chromium
	$(BIN)/python -m tests.browser.screenshots $(ARGS)

lock: $(READY)  ## Write requirements.lock afresh from pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --extra dev --generate-hashes --universal --no-annotate --no-header -o requirements.lock pyproject.toml

clean:  ## Remove .venv, caches and the demo's data
	rm -rf .venv .demo .mypy_cache .pytest_cache .ruff_cache .hypothesis
