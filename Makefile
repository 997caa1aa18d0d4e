# Everything starts here: `make run`, `make test`, `make lint`. A fresh machine needs Python 3.11 or newer with venv,
# git and make; PostgreSQL and Valkey come as wheels.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The commands below read the settings but no secret: `make run` makes the real ones.
CHECK := AUTOPAY_SECRET_KEY=check AUTOPAY_KEY_RING=check:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

# Of what starts so many processes, each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

# Three runs: those that share the machine; those with a browser, whose driver keeps an event loop in the test's thread;
# and those that start whole sandboxes, one after the other.
PYTEST := $(BIN)/python -m pytest
# Of the tests that ARGS names, one of the runs may have none (pytest's exit 5).
NONE_IS_FINE := test $$? -eq 5

.PHONY: run test test-nobrowser lint bench chaos reset
.DEFAULT_GOAL := run

run: $(VENV)/.run-ready $(BIN)/autopay
	@exec $(BIN)/python -m autopay_portal.sandbox run --die-with-parent

reset: $(VENV)/.run-ready
	@exec $(BIN)/python -m autopay_portal.sandbox reset

test: $(VENV)/.dev-ready $(BIN)/autopay
	@$(BIN)/python -m autopay_portal.sandbox.browser
	@$(PYTEST) -n auto -m "not browser and not sandbox" $(ARGS) || $(NONE_IS_FINE)
	@$(PYTEST) -m "browser and not sandbox" $(ARGS) || $(NONE_IS_FINE)
	@$(PYTEST) -m sandbox $(ARGS) || $(NONE_IS_FINE)

test-nobrowser: $(VENV)/.dev-ready $(BIN)/autopay
	@$(PYTEST) -n auto -m "not browser and not sandbox" $(ARGS) || $(NONE_IS_FINE)
	@$(PYTEST) -m "sandbox and not browser" $(ARGS) || $(NONE_IS_FINE)

lint: $(VENV)/.dev-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(CHECK) $(BIN)/mypy .
	$(BIN)/lint-imports
	find . -path './.*' -prune -o -name '*.html' -path '*templates*' -print0 | xargs -0 -r $(BIN)/djade --check --target-version 5.2
	$(CHECK) $(BIN)/python manage.py check
	$(CHECK) $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(CHECK) $(BIN)/python -m autopay_portal.translations check

bench: $(VENV)/.dev-ready $(BIN)/autopay
	@exec $(BIN)/python -m benchmarks

# SEED is the first run's, 1 by default; RUNS how many follow each other, 5 by default.
chaos: $(VENV)/.dev-ready $(BIN)/autopay
	@SEED="$(SEED)" RUNS="$(RUNS)" exec $(BIN)/python -m tests.chaos

# What runs, and beside it what checks. Installed again only when the lock has changed.
$(VENV)/.run-ready: requirements.txt
	@$(MAKE) --no-print-directory _install LOCK=requirements.txt
	@touch $@

$(VENV)/.dev-ready: requirements-dev.txt $(VENV)/.run-ready
	@$(MAKE) --no-print-directory _install LOCK=requirements-dev.txt
	@touch $@

# The ERP client is a package of its own. It is linked, not installed: its build tool would have to be fetched.
$(BIN)/autopay: Makefile | $(VENV)/.run-ready
	@echo "$(CURDIR)/erp_client" > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/autopay_client.pth"
	@printf '#!/bin/sh\nexec "%s" -m autopay_client "$$@"\n' "$(CURDIR)/$(BIN)/python" > $@
	@chmod +x $@

.PHONY: _install
_install:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "AutoPay needs Python 3.11 or newer; $(PYTHON) is older. Choose another: make PYTHON=python3.12 run"; exit 1; }
	@test -x $(BIN)/python || { echo "Making a virtual environment in $(VENV)"; $(PYTHON) -m venv $(VENV); } || \
	  { rm -rf $(VENV); echo "No virtual environment: install python3-venv (Debian: apt-get install python3-venv)"; exit 1; }
	@echo "Installing what $(LOCK) names (the first time takes a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
