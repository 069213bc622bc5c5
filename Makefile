# `make report` and `make test` are the two commands; each sets up what it needs first.
PYTHON ?= python3

VENV := .venv
# Where reports go, and what else `bioann run` is told: make report OUT=/tmp/r RUN_OPTIONS="--trials 3"
OUT ?= reports
RUN_OPTIONS ?=
# Releases of Brian2 that `make test-brian2` tests
BRIAN2 ?= 2.9 2.10 2.11
# Versions of Python that `make dist` installs the archives on
DIST_PYTHON ?= 3.11 3.12 3.13
# What else it is told: make dist DIST_OPTIONS=--failed repeats what has not passed; --help lists all
DIST_OPTIONS ?=
RUN := $(VENV)/bin/python
# pip never asks, and installs only what constraints.txt pins
PIP := $(RUN) -m pip --disable-pip-version-check --no-input
# Bytecode is written when a module is first imported, which takes half as long as to compile all that is installed.
INSTALL := $(PIP) install --quiet --no-compile --constraint constraints.txt
unexport PYTHONDONTWRITEBYTECODE
HINT := { echo "The set-up did not finish. If the network was the reason, the same command goes on." >&2; false; }
# A stamp is written last, so a half-finished install leaves none. The first holds the folder it was made in, because
# the scripts of a venv point there: a copied or moved checkout installs itself again instead of running the old one.
CORE := $(VENV)/.installed-core
DEV := $(VENV)/.installed-dev
DOCS := $(VENV)/.installed-docs
DOCS_RUN ?= 1

CHECK = { $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
  { echo "bioann needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3.12" >&2; false; }; }

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help report lessons atlas robustness atlas-check test test-all test-brian2 test-interop lint bench docs docs-check dist clean FORCE

help:
	@echo "make report   run three of the pairs that ship and write their reports (HTML, PDF, JSON, CSV, netCDF) to reports/"
	@echo "make lessons  simulate the lessons, and write their pages and notebooks to reports/lessons/"
	@echo "make atlas    run every pair, and write one report of all claims to reports/atlas/"
	@echo "make robustness   judge every claim again with other parameters, into reports/robustness.csv"
	@echo "make atlas-check   run every pair, shorter, and compare it with the verdicts in reports/verdicts.csv"
	@echo "make test     run the test suite but for its slowest tests"
	@echo "make test-all run the slowest tests, too, as before a release"
	@echo "make test-brian2   test the engines with each release of Brian2 in BRIAN2 ($(BRIAN2)) that PYTHON can install"
	@echo "make test-interop   compare models of PyTorch, Keras and scikit-learn with these libraries themselves"
	@echo "make lint     ruff and mypy"
	@echo "make bench    measure speed beside hand-written Brian2 (half an hour); reports/bench.html and bench.json"
	@echo "make docs     build the documentation site in docs/_build/html; DOCS_RUN=0 runs no tutorial and draws no figure"
	@echo "make docs-check   run every program in the documentation, and follow its links"
	@echo "make dist     build wheel and source distribution into dist/, install each into empty environments and try it there"
	@echo "              (an hour); DIST_OPTIONS=--failed repeats only what has not passed"
	@echo "make clean    remove caches and build leftovers; keeps .venv and reports/"
	@echo
	@echo "Each sets up .venv on first use, with \$$PYTHON (now: $(PYTHON)): make test PYTHON=python3.12"
	@echo "To set up afresh, or with another Python, remove .venv first."

report: $(CORE)
	$(VENV)/bin/bioann run inverter weighted_sum decision --out $(OUT) $(RUN_OPTIONS)
	@echo "The reports are in $(abspath $(OUT)): open index.html"

lessons: $(CORE)
	$(VENV)/bin/bioann lessons --out $(OUT)/lessons $(RUN_OPTIONS)

atlas: $(CORE)
	$(VENV)/bin/bioann atlas --out $(OUT)/atlas --verdicts $(OUT)/verdicts.csv \
		--robustness $(OUT)/robustness.csv $(RUN_OPTIONS)
	@echo "The atlas is in $(abspath $(OUT)/atlas): open index.html or atlas.pdf"

robustness: $(CORE)
	$(VENV)/bin/bioann robustness --points 6 --out $(OUT)/robustness.csv

atlas-check: $(DEV)
	$(RUN) -m pytest -n 2 tests/test_verdicts.py

test: $(DEV)
	$(RUN) -m pytest -n 2 -m "not slow"

test-all: $(DEV)
	$(RUN) -m pytest -n 2

# One environment per release. Brian2 2.10 needs Python 3.12, and 2.11 needs 3.13; constraints.txt pins versions for one
# release only, so these take the newest of everything else.
test-brian2:
	@$(CHECK)
	@set -e; for release in $(BRIAN2); do \
	  venv=$(VENV)-brian2-$$release; pip="$$venv/bin/python -m pip --disable-pip-version-check --no-input"; \
	  $$pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $$venv; \
	  if ! $$pip install --quiet --no-compile "brian2==$$release.*" --editable '.[test]'; then \
	    echo "Brian2 $$release cannot be installed for $$($(PYTHON) --version): make test-brian2 PYTHON=python3.13"; continue; \
	  fi; \
	  echo "Brian2 $$release:"; \
	  $$venv/bin/python -m pytest -q tests/bio tests/physics; \
	done

# The libraries whose models bioann reads, in an environment of their own; whatever versions there are.
test-interop:
	@$(CHECK)
	@venv=$(VENV)-interop; pip="$$venv/bin/python -m pip --disable-pip-version-check --no-input"; \
	$$pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $$venv; \
	$$pip install --quiet --no-compile --constraint constraints.txt --editable '.[test,interop]' && \
	$$pip install --quiet --no-compile torch keras scikit-learn && \
	KERAS_BACKEND=torch $$venv/bin/python -m pytest -q tests/ann/interop/test_own_libraries.py

lint: $(DEV)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

bench: $(DEV)
	$(RUN) -m tests.benchmarks --out $(OUT)

# Sphinx and its theme. CI builds the site without running what takes long (DOCS_RUN=0).
docs: $(DOCS)
	@if [ "$(DOCS_RUN)" != 0 ]; then $(RUN) docs/extensions/key_figures.py; fi
	BIOANN_DOCS_RUN=$(DOCS_RUN) $(RUN) -m sphinx -W --keep-going -b html -j 2 docs docs/_build/html
	@echo "The site is in docs/_build/html: open index.html"

docs-check: $(DOCS)
	$(RUN) -m pytest -n 2 tests/test_readme.py tests/test_docs.py
	BIOANN_DOCS_RUN=0 $(RUN) -m sphinx -W -b linkcheck docs docs/_build/links

# Any Python that has venv runs it; the archives are installed on each of DIST_PYTHON that this machine has.
dist:
	@$(CHECK)
	$(PYTHON) -m tests.release --python $(DIST_PYTHON) $(DIST_OPTIONS)

clean:
	rm -rf docs/_build docs/gallery docs/tutorial_pages docs/reference/names
	rm -rf build dist bioann.egg-info htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find bioann models analyses tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Setuptools goes in first and the package is built with it: pinned like the rest, and a repeat needs no network.
$(CORE): pyproject.toml setup.py constraints.txt
	@$(RUN) -m pip --version >/dev/null 2>&1 || { $(CHECK) && $(PYTHON) -m venv --clear $(VENV); }
	@echo "Installing bioann into $(VENV) (about 750 MB, once) ..."
	@$(INSTALL) setuptools || $(HINT)
	@$(INSTALL) --no-build-isolation --editable . || $(HINT)
	@echo "$(CURDIR)" > $@

$(DEV): $(CORE)
	@echo "Installing the tools for tests and lint into $(VENV) ..."
	@$(INSTALL) --no-build-isolation --editable '.[dev]' || $(HINT)
	@touch $@

$(DOCS): $(DEV)
	@echo "Installing Sphinx into $(VENV) ..."
	@$(INSTALL) --no-build-isolation --editable '.[docs]' || $(HINT)
	@touch $@

ifneq ($(shell cat $(CORE) 2>/dev/null),$(CURDIR))
$(CORE): FORCE
endif
FORCE:
