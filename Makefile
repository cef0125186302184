# Vigie's two commands for newcomers are `make demo` and `make test`. `make` alone lists the others.
# Every path is relative, so that the checkout may stand in a folder whose name has spaces.

SHELL := /bin/sh
.SUFFIXES:
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo venv venv-dev servers test test-unit cases coverage mutation deep fuzz soak check format docs lock upgrade build deb deb-check clean

# Arguments passed on: make demo ARGS="--for 60", make test ARGS="-k mire".
ARGS ?=
# A Python to use rather than the first fitting one found.
PYTHON ?=
export PYTHON
# The user's settings for Python must not reach into the environment, nor make every process compile our modules anew.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
# Four files at a time, as many of them wait for servers; in the order that tests/conftest.py gives.
ABREAST := -n 4 --dist loadfile --no-loadscope-reorder

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: venv ## watch a simulated federation fail and recover (ARGS="--for 60" ends it after a minute)
	@$(BIN)/vigie demo $(ARGS)

test: servers venv-dev ## every test, four files at a time: many of them wait for servers, against the real servers too (installs what they need where it may)
ifdef COVERAGE
	@rm -rf .cache/coverage && mkdir -p .cache/coverage
	@$(BIN)/coverage run -m pytest $(ABREAST) $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report
else
	@$(BIN)/python -m pytest $(ABREAST) $(ARGS)
endif

test-unit: venv-dev ## the tests that need no server
	@$(BIN)/python -m pytest $(ABREAST) -m "not servers" $(ARGS)

cases: venv-dev ## what is told in situations that browsers and servers are known for, beside what would be right (ARGS="C D1" plays some)
	@$(BIN)/python -m tests.cases $(ARGS)

coverage: ## every test; the lines and branches that the measured ones reach (is_measured in tests/conftest.py), against the floor in pyproject.toml
	@$(MAKE) test COVERAGE=1

mutation: venv-dev ## change the core in every small way and see which change no test notices: docs/mutation.md
	@nice -n 19 $(BIN)/python scripts/mutation_run.py $(ARGS)
	@$(BIN)/python scripts/mutation_report.py "$$(date +%F)"

deep: venv-dev ## the properties of the core on 20,000 examples each, new ones each time (a night)
	@VIGIE_HYPOTHESIS=deep $(BIN)/python -m pytest $(ABREAST) -o faulthandler_timeout=0 -k property tests/core $(ARGS)

fuzz: venv-dev ## odd inputs for the readers of strangers' data: an hour, from where the last run ended
	@$(BIN)/python -m tests.fuzz $(ARGS)

soak: servers venv-dev ## kill the writers 200 times at random, on both stores (minutes)
	@VIGIE_KILLS=200 $(BIN)/python -m pytest -o faulthandler_timeout=0 tests/servers/test_soak.py $(ARGS)

check: venv-dev ## lint, format, types, the direction of the imports, spelling
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/codespell

format: venv-dev ## let ruff rewrite what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

venv: ## .venv with what vigie needs, from the hashed lock
	@sh scripts/environment.sh runtime

venv-dev: ## .venv with the tools of the tests and checks too
	@sh scripts/environment.sh dev

servers: ## the real servers of the tests: Prometheus, PostgreSQL, LemonLDAP::NG, oidc-provider, Chromium
	@bash scripts/install-test-servers.sh

docs: venv-dev ## the documents as a site, into build/site (ARGS=folder); every warning and every dead link is an error
	@$(BIN)/python scripts/site/build.py $(ARGS)

lock: venv-dev ## write the hashed locks again from pyproject.toml, keeping the versions that still fit
	@bash scripts/lock.sh $(BIN)/python $(ARGS)

upgrade: venv-dev ## write the hashed locks again with the newest versions that fit
	@bash scripts/lock.sh $(BIN)/python --upgrade

build: venv-dev ## the wheel and the source archive, into dist/
	@$(BIN)/python -m build --no-isolation

deb: venv-dev ## the Debian package, into dist/ (on the Debian release that it is for)
	@bash scripts/deb.sh $(BIN)/python

deb-check: deb ## lintian, and the package installed, run, upgraded and purged in a clean root (as root; apt-get install mmdebstrap lintian)
	@bash scripts/deb-check.sh dist/vigie_*.deb

clean: ## away with .venv and everything else that can be made again here (not the demo's ledger: README.md)
	rm -rf .venv .cache build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache mutants tests/servers/npm/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
