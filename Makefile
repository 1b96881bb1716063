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
.PHONY: help install demo test check soak lock clean

help:            ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install    ## the whole chain on this machine, then Airflow and the portal; ARGS=--exit to return
	@exec $(BIN)/bangfu demo $(ARGS)

test: install    ## lint, types, layers, tests
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest $(ARGS)

check: install   ## lint, types and layers only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

soak: install    ## longer campaigns: faults, fuzzing, load
	$(BIN)/python -m pytest -m soak --timeout=3600 --hypothesis-profile=exploring $(ARGS)

lock:            ## resolve the dependencies again
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	    --group dev pyproject.toml --output-file requirements.lock

install: $(VENV)/installed   ## the virtual environment, from the hashed lock

$(VENV)/installed: requirements.lock pyproject.toml .ci/bootstrap
	@PYTHON="$(PYTHON)" VENV="$(VENV)" bash .ci/bootstrap
	@touch $@

clean:           ## remove the environment and the local installation
	rm -rf $(VENV) .bangfu
