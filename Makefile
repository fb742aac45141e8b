# Every target installs what it needs into .venv first. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
PROVIDER ?= fake
PACKAGES := cpikit providers/fake/cpikit_fake contracts/cpikit_contracts \
	providers/alicloud/simulator/cpikit_alicloud_simulator providers/alicloud/cpikit_alicloud \
	release ci docs
DISTRIBUTIONS := . providers/fake contracts providers/alicloud/simulator providers/alicloud
SETUPS := $(wildcard $(addsuffix /setup.cfg,$(DISTRIBUTIONS)))
# The newest of the Pythons that we support; `make PYTHON=…` takes another.
PYTHON ?= $(firstword $(foreach p,python3.13 python3.12 python3.11 python3,\
	$(shell $(p) -c 'import sys; sys.exit(not (3,11) <= sys.version_info < (3,14))' 2>/dev/null && echo $(p))))
WORKERS ?= 2
# What covers cpikit/ runs under coverage, which slows all that it watches; the rest runs without.
COVERING := tests/core tests/fake tests/house tests/validate
OTHER_TESTS := $(filter-out $(COVERING) tests/__pycache__,$(patsubst %/,%,$(wildcard tests/*/)))

.PHONY: help deps demo docs test test-slow soak bench lint types release lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

deps: $(VENV)/.deps ## install everything that the other targets need

$(VENV)/.deps: requirements/dev.txt $(SETUPS)
	@test -n "$(PYTHON)" || { echo "no Python 3.11, 3.12 or 3.13 found: install one, or make PYTHON=/path/to/it" >&2; exit 1; }
	requirements/system quick $(PYTHON)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -r requirements/dev.txt
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation \
		--config-settings editable_mode=compat $(foreach d,$(patsubst %/setup.cfg,%,$(SETUPS)),-e ./$(d))
	$(BIN)/cpikit index
	touch $@

demo: deps ## watch a whole BOSH life go through the real executable (PROVIDER=fake or alicloud)
	$(BIN)/python demo/run.py $(PROVIDER)

lint: deps ## format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check --quiet .

types: deps ## mypy --strict over all packages
	$(BIN)/mypy $(PACKAGES)

test: lint types ## everything that is quick (under ten minutes on two cores)
	$(BIN)/pytest -n $(WORKERS) -m "not slow" $(COVERING) \
		--cov=cpikit --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100
	$(BIN)/pytest -n $(WORKERS) -m "not slow" $(OTHER_TESTS)
	PATH=$(CURDIR)/$(BIN):$$PATH cpikit-contracts run --profile providers/fake/contract.toml \
		--level lifecycle --jobs $(WORKERS) --quiet

test-slow: deps ## real kills, many seeds, builds, browsers
	requirements/system
	$(BIN)/pytest -n $(WORKERS) -m slow

soak: deps ## hours of it
	CPIKIT_SOAK=1 $(BIN)/pytest -n $(WORKERS)

bench: deps ## figures: cold start as ratios to a bare Python, the simulator under load, what each method costs
	PYTHONPATH=$(CURDIR) $(BIN)/python bench/cold_start.py
	$(BIN)/python bench/simulator.py
	$(BIN)/python bench/alicloud.py

docs: deps ## build all pages as one site in site/, which needs no network to be read
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "site/index.html"

release: deps ## build the BOSH release's candidate tarball
	release/fetch
	release/build

lock: ## resolve requirements/dev.txt anew
	$(BIN)/python -m pip install --quiet uv
	PATH=$(CURDIR)/$(BIN):$$PATH $(BIN)/python requirements/lock.py $(SETUPS)

clean: ## remove what the targets made
	rm -rf $(VENV) .venv-bench .mypy_cache .ruff_cache .pytest_cache .hypothesis out site
