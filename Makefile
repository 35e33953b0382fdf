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
	$(BIN)/commensal init --store sqlite:///$(OUT)/visit/clinic.db --keys $(OUT)/keys --no-passphrase
	$(BIN)/commensal visit examples/visits/first --out $(OUT)/visit --keys $(OUT)/keys
	$(BIN)/commensal verify $(OUT)/visit --log-key $(OUT)/keys/log.vkey

.PHONY: lock
lock: ## renew the locks from pyproject.toml (needs uv); versions move only when you ask
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --extra clinic pyproject.toml requirements.in --output-file requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --all-extras --constraint requirements.lock pyproject.toml requirements.in --output-file requirements-dev.lock
