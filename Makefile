# make up       the cluster and its console, at http://localhost:8000/
# make test     everything that must hold: style, types, imports, tests, browser tests
# make quick    the tests that take no time
# make bench    measurements
# make reset    delete the cluster, keep the users
#
# Options of `make up`: NODES= PROFILE= PLUGIN= SCENARIO= SEED= SPEED= PORT= HOST= DB=
#                       ROUTER= (embedded; haproxy: the real one, if installed; off) RELOAD_INTERVAL=
#                       ROUTER_HTTP_PORT= ROUTER_HTTPS_PORT= DNS_PORT= (a port, 0 for a free one, or off)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed

OPTIONS = $(if $(NODES),--nodes $(NODES)) $(if $(PROFILE),--profile $(PROFILE)) \
	$(if $(PLUGIN),--plugin $(PLUGIN)) \
	$(if $(SCENARIO),--scenario $(SCENARIO)) $(if $(SEED),--seed $(SEED)) \
	$(if $(SPEED),--speed $(SPEED)) $(if $(PORT),--port $(PORT)) $(if $(HOST),--host $(HOST)) \
	$(if $(ROUTER),--router $(ROUTER)) $(if $(RELOAD_INTERVAL),--reload-interval $(RELOAD_INTERVAL)) \
	$(if $(ROUTER_HTTP_PORT),--router-http-port $(ROUTER_HTTP_PORT)) \
	$(if $(ROUTER_HTTPS_PORT),--router-https-port $(ROUTER_HTTPS_PORT)) \
	$(if $(DNS_PORT),--dns-port $(DNS_PORT)) $(if $(DB),--db $(DB))

.PHONY: up test quick bench reset lint browser e2e help

up: $(RUNTIME)
	@exec $(BIN)/python manage.py up $(OPTIONS)

test: lint browser
	$(BIN)/pytest -n 2 --dist loadfile
	@if [ -n "$$SHIFTLAB_TEST_POSTGRES" ]; then echo "The same on PostgreSQL:"; \
		DATABASE_URL="$$SHIFTLAB_TEST_POSTGRES" $(BIN)/pytest tests/unit/persistence tests/unit/runtime/test_boot.py \
		tests/unit/runtime/test_driver.py; fi
	@$(MAKE) --no-print-directory e2e

e2e: $(DEVELOPMENT)
	@if ls tests/e2e/test_*.py >/dev/null 2>&1; then echo $(BIN)/pytest tests/e2e; $(BIN)/pytest tests/e2e; fi

quick: $(DEVELOPMENT)
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow"

bench: $(DEVELOPMENT)
	@for file in tests/benchmarks/bench_*.py; do \
		echo "== $$(basename $$file .py)"; $(BIN)/python -m tests.benchmarks.$$(basename $$file .py) || exit 1; \
	done

reset: $(RUNTIME)
	@$(BIN)/python manage.py reset $(if $(YES),--yes) $(if $(DB),--db $(DB))

lint: $(DEVELOPMENT)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python manage.py makemigrations --check --dry-run

browser:
	@if ! command -v chromium >/dev/null 2>&1 && [ -z "$$SHIFTLAB_CHROMIUM" ]; then \
		echo "The browser tests need Chromium: installing Debian's package"; \
		if [ "$$(id -u)" = 0 ]; then apt-get update -q && apt-get install -qy --no-install-recommends chromium; \
		elif command -v sudo >/dev/null 2>&1; then sudo apt-get update -q && sudo apt-get install -qy --no-install-recommends chromium; \
		else echo "Install it first, as root: apt-get install chromium"; exit 1; fi; \
	fi

help:
	@sed -n '1,/^$$/s/^# \{0,1\}//p' Makefile

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Shiftlab needs Python 3.11 or newer; this is $$($(PYTHON) --version 2>&1)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
		{ echo "Python cannot make virtual environments here. Install the missing package, as root:"; \
		echo "  apt-get install $$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEVELOPMENT): requirements.txt requirements-dev.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(RUNTIME)
