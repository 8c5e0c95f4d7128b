# Each target creates .venv as it needs it, and does nothing twice.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
CODE   := handleheap win16demo tests

.PHONY: demo test lint bench docs clean help
help:
	@echo "make demo   the one-minute tour: in a window, or in text where there is no display"
	@echo "make test   the whole test suite"
	@echo "make lint   ruff and mypy"
	@echo "make docs   the documentation, into docs/_build/html"
	@echo "make bench  speed, as ratios against peers"
	@echo "make clean  remove what the others made"

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("handleheap needs Python 3.11 or newer; try make PYTHON=python3.12 …" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

# a stamp for each extra: installed again only when pyproject.toml changes
$(VENV)/.demo: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[demo]'
	@touch $@
$(VENV)/.test: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo
	$(BIN)/python -m win16demo --script tour

test: $(VENV)/.test
	$(BIN)/python -m pytest

lint: $(VENV)/.test
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy

bench: $(VENV)/.test
	$(BIN)/handleheap bench

docs: $(VENV)/.test
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

clean:
	rm -rf $(VENV) build dist docs/_build shots .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
