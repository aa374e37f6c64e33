# `make ask` answers a question from the sample archive, `make test` runs the tests; both set up .venv first.
PYTHON ?= python3
VENV ?= .venv
WORKERS ?= 2
Q ?= When is the Russian space station planned for?
BIN = $(VENV)/bin
READY = $(VENV)/.ready

.PHONY: ask test lint soak bench clean

ask: $(READY)
	@$(BIN)/archivist ask "$(Q)"

test: $(READY)
	$(BIN)/python -m pytest -m "not soak" -n $(WORKERS) --dist loadfile --cov --cov-report=term

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	MYPYPATH=tests:tests/retrieval $(BIN)/mypy tests/retrieval/conftest.py

soak: $(READY)
	$(BIN)/python -m pytest -m soak

bench: $(READY)
	$(BIN)/python -m tests.benchmarks.speed

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(READY)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .coverage* data
