# Each target creates .venv as it needs it, and does nothing twice.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
CODE   := handleheap win16demo tests hatch_build.py conftest.py
ENGINE := hatch_build.py $(wildcard handleheap/core/*.py handleheap/core/*.pyx handleheap/core/*.pxd)

# the engine must be compiled where there are a C compiler and the headers of Python
ifndef HANDLEHEAP_BUILD
HANDLEHEAP_BUILD := $(shell include=$$($(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("include"))'); \
	printf '\043include <Python.h>\n' | $(CC) -I"$$include" -fsyntax-only -x c - 2>/dev/null && echo require || echo auto)
endif
export HANDLEHEAP_BUILD

# tests with one of these in their names, or in that of their file or folder, are run with the uncompiled engine as well
EMBEDS := core or cache or embedding or light or bench or README

# files of tests in so many processes at once
JOBS ?= 2
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist loadfile

.PHONY: demo test test-pure lint bench engine docs clean help
.DELETE_ON_ERROR:
help:
	@echo "make demo       a desktop in a heap, and its one-minute tour: in a window, or in text where there is no display"
	@echo "make test       the whole test suite; first, what the engine takes part in with the uncompiled one"
	@echo "make test-pure  the whole test suite with the uncompiled engine"
	@echo "make lint       ruff and mypy"
	@echo "make docs       the documentation, into docs/_build/html"
	@echo "make bench      speed, as ratios against peers"
	@echo "make engine     compile the engine anew, if its sources have changed; the others do that as well"
	@echo "make clean      remove what the others made"

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("handleheap needs Python 3.11 or newer; try make PYTHON=python3.12 …" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

# a stamp for each extra: installed again only when pyproject.toml changes
$(VENV)/.demo: pyproject.toml | $(BIN)/python
	HANDLEHEAP_BUILD=$(HANDLEHEAP_BUILD:require=auto) $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[demo]'
	@touch $@
$(VENV)/.test: pyproject.toml | $(BIN)/python
	HANDLEHEAP_BUILD=pure $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/.demo

# and one for the engine in each mode; set first, so that a source that is saved meanwhile is newer
$(VENV)/.engine-$(HANDLEHEAP_BUILD): $(ENGINE) $(VENV)/.test
	@rm -f $(VENV)/.engine-*
	@touch $@
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
engine: $(VENV)/.engine-$(HANDLEHEAP_BUILD)

demo: $(VENV)/.demo
	$(BIN)/python -m win16demo --script tour

test: engine
	HANDLEHEAP_ENGINE=pure $(PYTEST) -k '($(EMBEDS)) and not generated'
	$(PYTEST)

test-pure: engine
	HANDLEHEAP_ENGINE=pure $(PYTEST)

lint: engine
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy

bench: engine
	$(BIN)/handleheap bench

docs: engine
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

clean:
	rm -rf $(VENV) build dist docs/_build shots .mypy_cache .pytest_cache .ruff_cache .hypothesis
	rm -f handleheap/core/*.so handleheap/core/*.pyd
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
