# Everything here runs in .venv, which is made on the first use. You need Python 3.11 or newer, and no compiler.
#   make demo PYTHON=python3.12     uses that Python
#   make test ARGS="-k gradient"    hands arguments to pytest

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin

# A stamp says that an installation is as new as pyproject.toml. Developers have all that the demo needs.
DEV := .venv/installed-dev
DEMO := $(if $(wildcard $(DEV)),$(DEV),.venv/installed-demo)

.PHONY: help demo test check docs bench wheel-test format clean

help:
	@echo "make demo        train on a small table and predict, in the folder demo/"
	@echo "make test        run the tests"
	@echo "make check       style, types, packaging, and the rules of the tree"
	@echo "make docs        turn docs/ into pages in build/docs, and run every piece of code on them"
	@echo "make format      put the style right"
	@echo "make bench       time glassnet beside other libraries (installs them first: gigabytes)"
	@echo "make wheel-test  build the package, install it in an empty place, and use it there"
	@echo "make clean       remove what these commands made, except .venv"

demo: $(DEMO)
	@sh scripts/demo.sh

test: $(DEV)
	$(BIN)/python -m pytest --numprocesses auto $(ARGS)

check: $(DEV)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict src
	$(BIN)/validate-pyproject pyproject.toml
	$(BIN)/python -m pytest -q tests/test_architecture_rules.py

format: $(DEV)
	$(BIN)/ruff check --fix --exit-zero --quiet
	$(BIN)/ruff format

docs: .venv/installed-docs
	$(BIN)/python -m pytest -q tests/test_docs.py -k "shows_the_real_output or prints_what"
	$(BIN)/python -m sphinx -W --keep-going -j auto -d build/doctrees docs build/docs

bench: .venv/installed-bench
	$(BIN)/python -m pytest benchmarks --benchmark-only $(ARGS)

wheel-test: $(DEV)
	$(BIN)/python scripts/test_wheel.py

clean:
	rm -rf build dist demo docs/inside docs/howto .benchmarks .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/installed-%: pyproject.toml scripts/install.py
	@command -v $(PYTHON) >/dev/null || { echo "No program named $(PYTHON). glassnet needs Python 3.11 or newer: https://www.python.org/downloads/"; exit 1; }
	@$(PYTHON) scripts/install.py $*
	@touch $@
