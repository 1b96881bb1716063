# Two commands for a newcomer: `make demo` and `make test`. Everything else serves them.
# `make help` lists the targets.

SHELL       := /bin/bash
PYTHON      ?= python3
VENV        := .venv
BIN         := $(VENV)/bin
ARGS        ?=

# Byte code and compiled kernels are made once, at installation: without them every
# Airflow process would compile itself again.
export UV_COMPILE_BYTECODE := 1
export NUMBA_CACHE_DIR     ?= $(CURDIR)/$(VENV)/numba-cache
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo test browser check soak encoder lock bench bench-lock clean

help:            ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install    ## the whole chain on this machine, then Airflow and the portal; ARGS=--exit to return
	@exec $(BIN)/bangfu demo $(ARGS)

test: install browser   ## lint, types, layers, tests
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest -n auto --dist loadscope $(ARGS)

check: install   ## lint, types and layers only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

soak: install browser   ## longer campaigns: faults, fuzzing, load
	$(BIN)/python -m pytest -m soak --timeout=3600 --hypothesis-profile=exploring $(ARGS)

browser:         ## Chromium and a Chinese font for the tests in a browser, by apt where root
	@bash .ci/browser

encoder: install ## one file for a department's PC, Windows and Linux: dist/bangfu-encoder.pyz
	$(BIN)/python -m bangfu.encoder.building --out dist/bangfu-encoder.pyz

lock:            ## resolve the dependencies again
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	    --group dev pyproject.toml --output-file requirements.lock

bench: $(VENV)-bench/installed   ## linkage beside Splink and recordlinkage; ARGS="--case dense --members 1M"
	NUMBA_CACHE_DIR=$(CURDIR)/$(VENV)-bench/numba-cache PYTHONPATH=$(CURDIR) $(VENV)-bench/bin/python bench/linkage.py $(ARGS)

bench-lock: install   ## resolve what only the bench needs again, after `make lock`
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	    --constraint requirements.lock --group bench --output-file requirements-bench.lock

$(VENV)-bench/installed: requirements-bench.lock requirements.lock | install
	$(PYTHON) -m venv $(VENV)-bench
	$(BIN)/uv pip sync --quiet --python $(VENV)-bench/bin/python --require-hashes requirements.lock requirements-bench.lock
	@touch $@

install: $(VENV)/installed   ## the virtual environment, from the hashed lock

$(VENV)/installed: requirements.lock pyproject.toml .ci/bootstrap
	@PYTHON="$(PYTHON)" VENV="$(VENV)" bash .ci/bootstrap
	@touch $@

clean:           ## remove the environment and the local installation
	rm -rf $(VENV) $(VENV)-bench .bangfu
