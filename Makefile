# commensal: everything a person or a machine runs. `make help` lists the targets.

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out
# One BLAS/OpenMP thread: the twin keeps its own threads, and two cores are soon crowded.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk -F ':.*?## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# The run-time environment: locked, hashed packages and this source tree, in .venv.
$(VENV)/.clinic: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v < (3, 14) else f"commensal needs Python 3.11, 3.12 or 3.13, got {v.major}.{v.minor}; run `make PYTHON=python3.12 ...`")'
	@$(PYTHON) -c 'import venv, ensurepip' || { echo "commensal needs the venv module: install python3-venv (apt-get install python3-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# The developers' environment: the above and what checks it.
$(VENV)/.dev: $(VENV)/.clinic requirements-dev.lock
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-dev.lock
	@touch $@

.PHONY: setup
setup: $(VENV)/.dev ## set up .venv with everything tests need

.PHONY: visit
visit: $(VENV)/.clinic ## the main job: one visit, from real files to a signed, provable record in out/visit
	@rm -rf $(OUT)/visit $(OUT)/keys
	$(BIN)/commensal init --store sqlite:///$(OUT)/visit/clinic.db --keys $(OUT)/keys \
		--clinic "Dr Chen's clinic" --dentist "Dr Mia Chen" --no-passphrase
	$(BIN)/commensal visit examples/visits/first --out $(OUT)/visit --keys $(OUT)/keys
	$(BIN)/commensal verify $(OUT)/visit --log-key $(OUT)/keys/log.vkey

# What the tests need from the system: a browser to print the report with, pdfinfo to count its pages, a PostgreSQL
# server to start, and Go with its module library for the independent verifier.
$(VENV)/.system:
	@missing=""; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	command -v pdfinfo >/dev/null || missing="$$missing poppler-utils"; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	command -v go >/dev/null || missing="$$missing golang-go"; \
	test -d /usr/share/gocode/src/golang.org/x/mod/sumdb || missing="$$missing golang-golang-x-mod-dev"; \
	fc-list 2>/dev/null | grep -q "Noto Serif" || missing="$$missing fonts-noto-core fontconfig"; \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else echo "the tests need:$$missing; install them first: sudo apt-get install$$missing"; exit 1; fi
	@mkdir -p $(VENV) && touch $@

.PHONY: check
check: $(VENV)/.dev ## format, lint, strict types, arrows, docs
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/house

.PHONY: test
test: $(VENV)/.dev $(VENV)/.system check ## everything, the big forms in small: sets itself up, at most 15 minutes on 2 cores
	$(BIN)/python -m pytest -q -n 2 --ignore tests/house

.PHONY: long
long: $(VENV)/.dev $(VENV)/.system ## the big forms: fuzzing, kill -9, every trial of every tamper class
	$(BIN)/python -m pytest -q -n 2 -m long

.PHONY: bench
bench: $(VENV)/.dev $(VENV)/.system ## the benchmarks; results are kept in benchmarks/results
	for name in column mouth fitting records auditing growth startup; do $(BIN)/python -m benchmarks.$$name || exit 1; done

.PHONY: picture
picture: visit $(VENV)/.system ## the README's picture: page 1 of the demonstration visit's report
	chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update \
		--disable-sync --user-data-dir=$(OUT)/chromium --no-pdf-header-footer --print-to-pdf=$(OUT)/report.pdf \
		file://$(abspath $(OUT))/visit/report.html 2>/dev/null
	pdftoppm -r 110 -f 1 -l 1 -singlefile -png $(OUT)/report.pdf docs/report

.PHONY: format
format: $(VENV)/.dev ## put the sources in shape
	$(BIN)/ruff format src tests benchmarks
	$(BIN)/ruff check --fix --quiet src tests benchmarks

.PHONY: clean
clean: ## remove what was set up and made here: .venv, out, caches
	rm -rf $(VENV) $(OUT) .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

.PHONY: lock
lock: ## renew the locks from pyproject.toml (needs uv); versions move only when you ask
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --extra clinic pyproject.toml requirements.in --output-file requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --all-extras --constraint requirements.lock pyproject.toml requirements.in --output-file requirements-dev.lock
