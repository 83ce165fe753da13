# Drawbar's own tasks. `make demo` needs Python 3.11+ and make; `make test` installs the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
BENCH_VENV := .venv-bench
CLIENTS := tests/sandbox/clients
SOAP_CLIENTS := tests/middleware/server/soap/clients
GRAFANA := tests/monitoring/grafana
LWC_TESTS := tests/lwc
LIGHTNING := sandbox/lightning
LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet

# Debian packages: a database server, a mail-cipher, clients that the local org and the SOAP host are proved against, and
# a browser. Their versions are those of the Debian release.
DEBIAN := postgresql gnupg curl php-cli php-soap libsoap-lite-perl chromium

# Programs of Debian's prometheus and nginx are taken out of the packages: installed, they would start servers at boot.
PROMTOOL := $(shell command -v promtool || echo $(BIN)/promtool)
NGINX := $(shell command -v nginx || echo $(BIN)/nginx)

export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Where it is set, each process of a test run compiles Drawbar and all tests anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo test coverage test-faults test-deps test-lwc bench bench-scaling bench-inbox bench-gps lightning lint lint-types lint-style lint-generated fix docs screenshots relock clean

help: ## say what can be made
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/runtime ## install Drawbar into .venv, start the sandbox, run the main job, show the result
	@if ! command -v npm >/dev/null; then echo "== Without npm the Lightning pages cannot be built; the demo shows plain ones"; \
	  else $(MAKE) --no-print-directory lightning || echo "== The Lightning pages could not be built; the demo shows plain ones"; fi
	@echo "== Running the demo: a local Salesforce, simulated vendors, two days of deliveries"
	@$(BIN)/drawbar demo

# Files are taken in their order: xdist would take those with few tests last, and the longest of them hold one test.
AT_ONCE := -n 3 --dist loadfile --no-loadscope-reorder

test: lint test-deps test-lwc ## check everything: linters, types, generated files, and all tests on SQLite and PostgreSQL
	@echo "== Running the tests (SQLite and PostgreSQL)"
	@$(BIN)/python -m pytest -q $(AT_ONCE) --durations=15

test-lwc: $(LWC_TESTS)/node_modules/.installed ## test the Lightning components by themselves
	@echo "== Running the tests of the Lightning components"
	@cd salesforce && $(abspath $(LWC_TESTS))/node_modules/.bin/jest --runInBand --silent --config $(abspath $(LWC_TESTS))/jest.config.cjs

lightning: $(LIGHTNING)/built/main.js ## build the Lightning pages of the sandbox (needs npm)

$(LIGHTNING)/built/main.js: $(LIGHTNING)/node_modules/.installed $(LIGHTNING)/rollup.config.mjs $(wildcard $(LIGHTNING)/src/*.js) $(wildcard salesforce/force-app/main/default/lwc/*/*)
	@echo "== Building the Lightning pages of the sandbox"
	@cd $(LIGHTNING) && node_modules/.bin/rollup --silent --config rollup.config.mjs

coverage: test-deps ## run all tests and say which lines none of them reaches
	@$(BIN)/python -m pytest -q $(AT_ONCE) --cov --cov-report=term:skip-covered

test-faults: test-deps ## the fault suite at length: 200 kills, 20 database crashes, many nights
	@DRAWBAR_LONG_FAULTS=1 $(BIN)/python -m pytest -q -rP tests/faults --durations=15

lint: $(VENV)/dev $(LWC_TESTS)/node_modules/.installed ## linters, types, architecture, generated files
	@echo "== Checking style, types, architecture, and that generated files are what their sources say"
	@$(MAKE) --no-print-directory -j2 --output-sync=target lint-types lint-style lint-generated

lint-types:
	@$(BIN)/mypy -p drawbar

lint-style:
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/lint-imports --no-logo
	@$(LWC_TESTS)/node_modules/.bin/eslint --config $(LWC_TESTS)/eslint.config.cjs --max-warnings 0 salesforce/force-app/main/default/lwc

lint-generated:
	@$(BIN)/drawbar salesforce generate --check
	@$(BIN)/drawbar salesforce lint
	@$(BIN)/python -m tests.documents --check

fix: $(VENV)/dev ## repair what linters can repair
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

docs: $(VENV)/dev ## write the generated documents and the Salesforce package anew
	@$(BIN)/drawbar salesforce generate
	@$(BIN)/python -m tests.documents

screenshots: test-deps ## take the pictures of the Lightning pages anew that the documents show
	@$(BIN)/python -m tests.lightning.screenshots

bench: $(VENV)/dev $(BENCH_VENV)/rivals ## measure the main job beside its lower bound and other programs (BENCH=--help)
	@$(BIN)/python -m tests.bench $(BENCH)

bench-scaling: test-deps ## measure how taking a big file in grows with the number of workers on PostgreSQL
	@$(BIN)/python -m tests.bench_scaling

bench-inbox: test-deps ## measure how soon the server acknowledges messages, on SQLite and PostgreSQL (BENCH=--help)
	@$(BIN)/python -m tests.bench_inbox $(BENCH)

bench-gps: $(VENV)/dev ## measure calls and work of GPS readings with 100,000 devices (BENCH=--help)
	@$(BIN)/python -m tests.bench_gps $(BENCH)

relock: | $(BIN)/uv ## resolve the Python dependencies anew and write the lock files (hashes, no addresses)
	@$(BIN)/uv pip compile $(LOCK) --group build pyproject.toml -o requirements/runtime.lock
	@$(BIN)/uv pip compile $(LOCK) --group dev -c requirements/runtime.lock pyproject.toml -o requirements/dev.lock
	@$(BIN)/uv pip compile $(LOCK) --group bench -c requirements/runtime.lock -o requirements/bench.lock

clean: ## remove what was installed and made here
	rm -rf $(VENV) $(BENCH_VENV) $(CLIENTS)/node_modules $(SOAP_CLIENTS)/node_modules $(GRAFANA)/node_modules $(LWC_TESTS)/node_modules $(LIGHTNING)/node_modules $(LIGHTNING)/built .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* drawbar-data build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

test-deps: $(VENV)/dev $(CLIENTS)/node_modules/.installed $(SOAP_CLIENTS)/node_modules/.installed $(GRAFANA)/node_modules/.installed $(LWC_TESTS)/node_modules/.installed $(LIGHTNING)/built/main.js $(PROMTOOL) $(NGINX) ## install what the tests need from Debian and npm
	@missing=(); for package in $(DEBIAN); do \
	  dpkg-query -W -f '$${Status}' "$$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$$package"); done; \
	if [ $${#missing[@]} -gt 0 ]; then \
	  echo "== Installing from Debian: $${missing[*]}"; \
	  $(SUDO) apt-get update -q; $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$${missing[@]}"; fi

$(BIN)/promtool: | $(VENV)/dev
	@echo "== Taking promtool out of Debian's package prometheus (which is not installed)"
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; cd "$$folder"; chmod 755 .; \
	  apt-get download -q prometheus 2>/dev/null || { $(SUDO) apt-get update -q; apt-get download -q prometheus; }; \
	  dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool; \
	  install -m 755 usr/bin/promtool $(abspath $(BIN))/promtool

$(BIN)/nginx: | $(VENV)/dev
	@echo "== Taking nginx out of Debian's package nginx (which is not installed)"
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; cd "$$folder"; chmod 755 .; \
	  apt-get download -q nginx 2>/dev/null || { $(SUDO) apt-get update -q; apt-get download -q nginx; }; \
	  dpkg-deb --fsys-tarfile nginx_*.deb | tar -x ./usr/sbin/nginx; \
	  install -m 755 usr/sbin/nginx $(abspath $(BIN))/nginx

%/node_modules/.installed: %/package.json %/package-lock.json
	@command -v npm >/dev/null || { echo "== Installing from Debian: nodejs npm"; $(SUDO) apt-get update -q; \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends nodejs npm; }
	@echo "== Installing npm packages in $* (versions and hashes from package-lock.json)"
	@npm ci --prefix $* --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { echo "Drawbar needs Python 3.11, 3.12 or 3.13; give one with: make PYTHON=/path/to/python3.13"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "== Installing from Debian: python3-venv"; \
	  $(SUDO) apt-get update -q; $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends python3-venv; }
	@echo "== Making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

# Only to have it at all: with another pyproject.toml than the lock's nothing can be installed before the lock is anew.
$(BIN)/uv:
	@$(MAKE) $(VENV)/dev

# The lock files name every package, so pip has nothing to resolve: `--no-deps` keeps it from preferring a release that
# is newer than the lock where one package asks for another with an extra.
$(VENV)/runtime: $(VENV)/bin/pip requirements/runtime.lock pyproject.toml
	@echo "== Installing Drawbar and what it needs (versions and hashes from requirements/runtime.lock)"
	@$(BIN)/pip install -q --no-deps --require-hashes -r requirements/runtime.lock
	@$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: $(VENV)/runtime requirements/dev.lock
	@echo "== Installing the tools of development (versions and hashes from requirements/dev.lock)"
	@$(BIN)/pip install -q --no-deps --require-hashes -r requirements/dev.lock
	@$(BIN)/pip check -q
	@touch $@

$(BENCH_VENV)/rivals: $(VENV)/bin/pip requirements/bench.lock
	@echo "== Installing what is measured beside Drawbar in $(BENCH_VENV) (versions and hashes from requirements/bench.lock)"
	@$(PYTHON) -m venv $(BENCH_VENV)
	@$(BENCH_VENV)/bin/pip install -q --no-deps --require-hashes -r requirements/bench.lock
	@$(BENCH_VENV)/bin/pip check -q
	@touch $@
