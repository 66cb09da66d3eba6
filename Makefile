# make run, make test, make check, make bench. Needs python3 (3.11 or newer, with venv) and make; all else goes into .venv.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
# More than cores: much of what tests do is to wait.
TEST_PROCESSES ?= 4
SOURCES := $(wildcard core tests scripts bench)
ARGS ?=

# The checks run side by side; where make can, each one's lines stay together.
PARALLEL := --no-print-directory --keep-going --jobs=4 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
CHECKS := check-types check-format check-lint check-layers check-dependencies check-spelling

.DEFAULT_GOAL := help
.PHONY: help run test test-faults check bench format lock messages openapi clean $(CHECKS)

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{ printf "%-17s %s\n", $$1, $$2 }'

run: $(VENV)/.service ## Start the service with all it needs, on this machine only
	@exec $(BIN)/python core/manage.py serve $(ARGS)

# Each process reads all tests, which takes it three times as long where it may not keep what it compiles.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses=$(TEST_PROCESSES)

test: $(VENV)/.tools ## Run the tests; one of them: make test ARGS="tests/crypto -k name"
	@$(PYTEST) $(if $(ARGS),$(ARGS),--cov --cov-report=term)

check: $(VENV)/.tools ## Format, lint, types, layers, dependencies, spelling
	@$(MAKE) $(PARALLEL) $(CHECKS) && echo "All checks passed."

test-faults: $(VENV)/.tools ## Run all fault tests, the long ones too, and print their figures
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest tests/faults -m "faults or long" -rA -q $(ARGS)

bench: $(VENV)/.tools ## Measure a real service against what is promised; all of it: make bench ARGS=--full
	@PYTHONPATH=core exec $(BIN)/python -m bench $(ARGS)

format: $(VENV)/.tools ## Put the code into its format and mend what can be mended
	@$(BIN)/ruff check --fix-only --quiet . && $(BIN)/ruff format .

openapi: $(VENV)/.tools ## Write the OpenAPI document, core/user_auth/openapi.json
	@exec $(BIN)/python scripts/build_openapi.py

messages: $(VENV)/.tools ## Bring the catalogs of languages up to date; needs GNU gettext
	@cd core/user_auth && ../../$(BIN)/django-admin makemessages --all --no-location --no-wrap && \
		for po in locale/*/LC_MESSAGES/django.po; do msgfmt --check-format -o $${po%.po}.mo $$po || exit 1; done

# Whole platforms are locked at once, which pip-tools cannot: without uv on the PATH, a uv of its own is fetched.
# Extras stay in the pins: older pips take `coverage==1` for no pin of `coverage[toml]` once there is a coverage 2.
UV = $(or $(shell command -v uv 2>/dev/null),$(VENV)-lock/bin/uv)
LOCK = $(UV) pip compile pyproject.toml --extra embedded --extra server --universal --python-version 3.11 \
	--generate-hashes --no-strip-extras --emit-build-options --custom-compile-command "make lock" --quiet

lock: ## Pin the newest allowed versions, with hashes
	@command -v uv >/dev/null || { $(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet uv; }
	@$(LOCK) --upgrade --output-file requirements.txt
	@$(LOCK) --upgrade --group dev --constraint requirements.txt --output-file requirements-dev.txt
	@rm -rf $(VENV)-lock

clean: ## Remove .venv, caches and reports, but no data and no settings
	@rm -rf $(VENV) $(VENV)-lock $(VENV).log .*_cache .hypothesis .coverage .coverage.* htmlcov build dist
	@find core tests -name __pycache__ -type d -prune -exec rm -rf {} +

check-format:
	@$(BIN)/ruff format --check --output-format=concise .

check-lint:
	@$(BIN)/ruff check --quiet --output-format=concise .

check-types:
	@$(BIN)/mypy $(SOURCES)

check-layers:
	@PYTHONPATH=core $(BIN)/lint-imports --no-cache --no-logo

check-dependencies:
	@$(BIN)/deptry --no-ansi core

check-spelling:
	@$(BIN)/codespell

# ---- The environment: made once, and brought up to date when the pinned packages change

$(VENV)/.service: requirements.txt
	@$(call install,requirements.txt,20)
	@touch $@

# The tools bring the service's packages too, in the same versions.
$(VENV)/.tools: requirements-dev.txt
	@$(call install,requirements-dev.txt,30)
	@touch $@ $(VENV)/.service

# $(call install,FILE,SECONDS): every way to fail is one line that says what to do.
define install
fail() { echo "$$1" >&2; exit 1; }; \
[ -n "$(PYTHON)" ] || fail "Python 3.11 or newer is needed: install it, or name it with make PYTHON=/path/to/python3."; \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	|| fail "$(PYTHON) is not Python 3.11 or newer: install one, or name it with make PYTHON=/path/to/python3."; \
$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	|| fail "Python's venv is missing: install it (on Debian and Ubuntu: apt install python3-venv), then run make again."; \
echo "Installing $(1) into $(VENV) (about $(2) s the first time)"; \
{ $(BIN)/python -m pip --version || $(PYTHON) -m venv --clear $(VENV); } >$(VENV).log 2>&1 \
	|| fail "$(VENV) could not be made: $$(tail -n 1 $(VENV).log 2>/dev/null)"; \
$(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check --require-hashes -r $(1) >$(VENV).log 2>&1 \
	|| fail "The packages could not be installed; $(VENV).log says why. With a working network, run make again."; \
rm -f $(VENV).log
endef
