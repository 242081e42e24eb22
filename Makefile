# The two commands are `make run` and `make test`; `make` alone lists the rest.
.DEFAULT_GOAL := help
.PHONY: help run test lint types format docs faults bench-engine bench-payload bench-accept bench-forward lock clean

# Only a PYTHON that the person names is taken at its word; otherwise the fastest one here is found.
PYTHON ?=
BIN := .venv/bin
PYTEST_ARGS ?=

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

run: .venv/app.stamp ## Start everything on this machine, with a demo (Ctrl-C ends it)
	@$(if $(PYTHON),bin/find-python "$(PYTHON)" >/dev/null)
	@exec $(BIN)/python manage.py up --settings=capi_admin.up.settings

test: .venv/dev.stamp ## Run every check and every test
	@$(BIN)/python -m tests.browser_binary >/dev/null
	@$(BIN)/python bin/lint.py
	@exec $(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

lint: .venv/dev.stamp ## Run the linters, the types and the import contracts
	@$(BIN)/python bin/lint.py

types: .venv/dev.stamp ## Run mypy alone
	@$(BIN)/python bin/lint.py types

format: .venv/dev.stamp ## Format the code
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

docs: .venv/dev.stamp ## Write the generated parts of the docs anew
	@$(BIN)/python manage.py make_docs --settings=capi_admin.up.settings
	@$(BIN)/python -m tests.comparison.page

bench-engine: .venv/dev.stamp ## Measure the rules engine, on one core
	@exec $(BIN)/python -m bench.engine

bench-payload: .venv/dev.stamp ## Measure payloads per second, beside Meta's own library
	@exec $(BIN)/python -m bench.payload

bench-accept: .venv/dev.stamp ## Measure how many events the collector takes
	@exec $(BIN)/python -m bench.accept

bench-forward: .venv/dev.stamp ## Measure the whole way of an event, beside a plain Celery design
	@exec $(BIN)/python -m bench.forward

faults: .venv/dev.stamp ## Break everything that can break, and see that no event is lost
	@$(BIN)/python -m tests.browser_binary >/dev/null
	@FAULTS="$${FAULTS:-all}" exec $(BIN)/python -m pytest tests/faults $(PYTEST_ARGS)

lock: .venv/dev.stamp ## Make the lock files anew from pyproject.toml
	@bin/lock

clean: ## Remove .venv and caches; .data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/app.stamp: requirements/app.txt
	@bin/install requirements/app.txt "$(PYTHON)"
	@touch $@

# The dev lock holds the app lock, so both are up to date after it.
.venv/dev.stamp: requirements/dev.txt
	@bin/install requirements/dev.txt "$(PYTHON)"
	@touch .venv/app.stamp $@
