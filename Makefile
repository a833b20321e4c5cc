# make            what can be made
# make demo       eight real models train while you watch
# make test       everything that has to hold

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DEMO   := $(VENV)/.demo
DEV    := $(VENV)/.dev

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-frameworks test-in-frameworks test-in-fastai lint bench bench-log bench-dashboard bench-diagnosis bench-histories clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile

demo: $(DEMO) ## train eight real models and serve their curves (Ctrl-C ends it)
	@$(BIN)/tracker demo

test: lint ## lint, types and all tests, with a real PostgreSQL and a real Chromium
	@bash .ci/tools
	$(BIN)/python -m pytest -n 3 --dist loadgroup $(addprefix --ignore ,$(PAGES))
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(PAGES)

# A test of a page keeps a core busy with drawing; most others wait for processes that they started.
PAGES := tests/browser tests/security

test-frameworks: $(VENV)/.made ## real trainings with every framework, imports from every tracker, in environments of their own (6 GB)
	@bash .ci/tools
	@$(MAKE) --no-print-directory -j 2 -O test-in-frameworks test-in-fastai

test-in-frameworks: build/frameworks/.made
	build/frameworks/bin/python -m pytest $(FRAMEWORKS) --ignore tests/frameworks/test_fastai.py -n 2 --dist loadfile

test-in-fastai: build/fastai/.made
	build/fastai/bin/python -m pytest $(FRAMEWORKS)/test_fastai.py

FRAMEWORKS := -o addopts="-ra -p no:dash --import-mode=importlib" --confcutdir tests/frameworks tests/frameworks

build/%/.made: tests/frameworks/%.txt pyproject.toml $(VENV)/.made
	@echo "Installing what tests/frameworks/$*.txt lists into build/$* ..."
	@test -x build/$*/bin/python || $(BIN)/python -m venv build/$*
	@build/$*/bin/python -m pip install --quiet --no-compile --disable-pip-version-check -e . -r $<
	@touch $@

lint: $(DEV) ## lint, format and types only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(DEV) ## the benchmarks, side by side with the floor
	@for file in benchmarks/*.py; do $(BIN)/python $$file || exit 1; done

bench-log: $(DEV) ## the logger beside floors and other trackers, every section (ONLY=--epochs for one; see docs/performance.md)
	$(BIN)/python benchmarks/log_calls.py $(or $(ONLY),--all)

bench-dashboard: $(DEV) ## the pages in Chromium beside TensorBoard, every section (ONLY=--long for one; see docs/performance.md)
	$(BIN)/python benchmarks/dashboard.py --peers $(ONLY)

bench-diagnosis: $(DEV) ## the diagnosis on the held-out runs, or on curves of your own: DATA=curves.jsonl, SCORER=score.py
	$(BIN)/python benchmarks/diagnosis.py $(if $(DATA),--data $(DATA)) $(if $(SCORER),--scorer $(SCORER))

bench-histories: $(VENV)/.made ## train the held-out runs anew, in an environment of their own (a quarter of an hour on one core)
	@test -x build/histories/bin/python || $(BIN)/python -m venv build/histories
	build/histories/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/histories/requirements.txt
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 build/histories/bin/python -m benchmarks.histories

clean: ## remove the virtual environment and everything that was built
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps inside .venv: the install is repeated when pyproject.toml changes, and never otherwise.
# A venv on a Debian without python3-venv is left half made, so it is removed again.
$(VENV)/.made:
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) is not installed: install Python 3.11 or newer, or name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is $$($(PYTHON) -V 2>&1): Python 3.11 or newer is needed; name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "make: $(PYTHON) cannot make virtual environments: install its venv package (Debian and Ubuntu: apt-get install python3-venv)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "make: $(PYTHON) -m venv failed (see above)"; exit 1; }
	@touch $@

$(DEMO): $(VENV)/.made pyproject.toml
	@echo "Installing tracker into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -e ".[demo]"
	@touch $@

$(DEV): $(VENV)/.made pyproject.toml
	@echo "Installing tracker and its test tools into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -e ".[dev]"
	@touch $@ $(DEMO)
