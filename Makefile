# Needs Python 3.11 or newer with venv and pip, and nothing else.
PYTHON ?= python3
CORES ?= all
CONFIG ?= config.yaml
WORKERS ?= 2
PIP_ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
# A module is compiled when it is first imported; compiling all that is installed takes minutes. What
# was compiled is kept, also where containers ask Python not to: jobs would compile it all again.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(BIN)/python -m pip install --quiet --no-compile $(PIP_ARGS)
SOURCES := src tests benchmarks workflow/scripts

.PHONY: install run test test-slow test-slurm bench lint audit format docs report clean

install: $(VENV)/.run

run: $(VENV)/.run
	$(BIN)/python -m neuro.workflow.orphans
	$(BIN)/snakemake --cores $(CORES) --configfile $(CONFIG) --rerun-incomplete

test: $(VENV)/.test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not slow and not slurm"

test-slow: $(VENV)/.test
	$(BIN)/python -m pytest -m slow

test-slurm: $(VENV)/.test
	$(BIN)/python -m pytest -m slurm -rs tests/slurm

bench: $(VENV)/.test
	for word in $$(cd benchmarks && ls [a-z]*.py | sed 's/\.py$$//'); do \
		$(BIN)/python -m benchmarks.$$word || exit 1; done

lint: $(VENV)/.test
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/snakefmt --check Snakefile workflow/Snakefile rules
	$(BIN)/snakemake --lint
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml src workflow/scripts

# Needs the network: it asks a register of known holes for every installed package.
audit: $(VENV)/.test
	$(PIP) pip-audit
	$(BIN)/pip-audit --skip-editable

format: $(VENV)/.test
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/snakefmt Snakefile workflow/Snakefile rules
	$(BIN)/python -m neuro.config.document

# The site with the gallery, whose pictures are drawn here; minutes on two cores.
docs: $(VENV)/.docs
	$(BIN)/mkdocs build --strict

report: $(VENV)/.run
	$(BIN)/snakemake --cores $(CORES) --configfile $(CONFIG) --report results/report.zip

clean:
	rm -rf results .snakemake

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "neuro needs Python 3.11 or newer")'
	$(PYTHON) -m venv --upgrade-deps $(VENV)

$(VENV)/.run: pyproject.toml | $(VENV)/bin/python
	$(PIP) -e .
	touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	$(PIP) -e ".[test,bench]"
	touch $@ $(VENV)/.run

$(VENV)/.docs: pyproject.toml | $(VENV)/bin/python
	$(PIP) -e ".[docs]"
	touch $@ $(VENV)/.run
