# `make` alone lists what can be done. Nothing is needed beforehand but make and Python 3.11+.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first Python on the path that is new enough; `make PYTHON=/path/to/python3` overrides it.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; \
	done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
LOCKED := $(PIP) install --quiet --require-hashes --only-binary :all: --no-binary pyspark
WORKERS ?= 2
DEMO_DIR ?= demo
export PYTHONUTF8 := 1
export NO_MKDOCS_2_WARNING := 1

.PHONY: help setup dev demo test check lint types layers audit licences desk bench docs bundle lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---------------------------------------------------------------- environment
# A stamp file records that a lock was installed, so that a second call does nothing.

$(VENV)/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo "Footbeat must have Python 3.11 or newer; none was found on the path." \
		"Install one, or pass PYTHON=/path/to/python3." >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)

$(VENV)/.core: requirements/core.txt pyproject.toml | $(VENV)/pyvenv.cfg
	$(LOCKED) -r requirements/core.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.core
	$(LOCKED) -r requirements/dev.txt
	@touch $@

$(VENV)/.docs: requirements/docs.txt $(VENV)/.core
	$(LOCKED) -r requirements/docs.txt
	@touch $@

# The alternatives that benchmarks compare with, kept apart so that they hold nobody back.
$(VENV)-bench/.peers: requirements/bench.txt | $(VENV)/pyvenv.cfg
	"$(PYTHON)" -m venv $(VENV)-bench
	$(VENV)-bench/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes \
		--prefer-binary -r requirements/bench.txt
	@touch $@

setup: $(VENV)/.core ## Make .venv and install Footbeat with its locked requirements

dev: $(VENV)/.core $(VENV)/.dev $(VENV)/.docs

# ---------------------------------------------------------------------- using

demo: setup ## Run the whole loop on a synthetic town with a planted effect
	$(BIN)/footbeat demo --out $(DEMO_DIR) --overwrite

desk: ## Serve the web application (not built yet: says so and fails)
	@echo "The web application cannot be served: it is not built yet (open issue: the desk)." \
		"Use the command line; \`make demo\` shows the whole loop." >&2
	@exit 1

# ----------------------------------------------------------------- developing

test: dev ## Install what the tests need, then run all of them
	@sh scripts/system-packages
	$(BIN)/python -m pytest -n $(WORKERS)

check: dev lint types layers ## All checks: style, types, layers, tests with coverage, docs, audit, licences
	@sh scripts/system-packages
	$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=term-missing:skip-covered
	$(BIN)/mkdocs build --strict --quiet
	$(MAKE) audit licences

lint: $(VENV)/.dev ## Check formatting and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.dev ## Check types
	$(BIN)/mypy

layers: $(VENV)/.dev ## Check that no step imports a later one
	$(BIN)/lint-imports

audit: $(VENV)/.dev ## Look for known vulnerabilities in the locked requirements
	$(BIN)/python scripts/audit.py requirements/core.txt requirements/dev.txt requirements/docs.txt

licences: $(VENV)/.dev ## List the licences of the locked requirements; fail on a forbidden one
	$(BIN)/python scripts/licences.py

bench: $(VENV)/.dev $(VENV)-bench/.peers ## Measure against the alternatives and rewrite bench/RESULTS.md
	@sh scripts/system-packages bench
	$(BIN)/python bench/run.py

docs: $(VENV)/.docs ## Build the documentation into site/
	$(BIN)/mkdocs build --strict

bundle: setup ## Build one offline ZIP into dist/ (PLATFORM=win_amd64 for Windows)
	$(BIN)/python scripts/bundle.py $(if $(PLATFORM),--platform $(PLATFORM))

lock: $(VENV)/.dev ## Resolve requirements/*.txt anew, with hashes
	$(BIN)/python scripts/lock.py

clean: ## Remove what was built (the environment stays: delete .venv by hand)
	rm -rf build dist site htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache \
		.hypothesis .import_linter_cache $(DEMO_DIR)
