# Every target does its own set-up: a virtual environment with pinned packages, and ffmpeg.
# Works with GNU make 3.81, which macOS ships.

VENV := .venv
VENV_PYTHON := $(VENV)/bin/python
RUN_TIME := $(VENV)/run-time.stamp
DEVELOPMENT := $(VENV)/development.stamp
SAMPLE := clipflow/sample/talk.mp4

# The first Python that works and is new enough.
PYTHON := $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

# Where there is no Node, the virtual environment has one.
NODE_PATH = PATH="$(CURDIR)/$(VENV)/bin:$$PATH"
BROWSER_FILES := "static/js/**/*.js" "static/css/*.css" "tests/javascript/*.js" "benchmarks/*.js"

.PHONY: set-up run demo fake-openai test test-all test-thorough test-exhaustive test-editors coverage lint format bench bench-long chaos docs sample screenshots clean

set-up: $(RUN_TIME)
	@echo "ClipFlow is set up. Try: make demo, or make run"

run: $(RUN_TIME)
	@exec $(VENV_PYTHON) run.py

demo: $(RUN_TIME)
	$(VENV_PYTHON) run.py analyze $(SAMPLE)

# What is quick: within four minutes on two cores.
test: $(DEVELOPMENT)
	$(VENV_PYTHON) -m pytest

# What decides whether a change may land: the quick tests with how much of the code they run, then those in browsers,
# in processes of their own and on other servers.
test-all: test-editors coverage test-thorough

# Three at a time on two cores, because they wait for processes and pages.
test-thorough: $(DEVELOPMENT)
	$(VENV_PYTHON) -m pytest -n 3 -m "thorough and not exhaustive"

# The same again for more inputs and on other servers; takes an hour.
test-exhaustive: $(DEVELOPMENT)
	$(VENV_PYTHON) -m pytest -m exhaustive

# One after another, because an editor keeps the settings of the last project for the next.
test-editors: $(DEVELOPMENT)
	$(VENV_PYTHON) -m pytest -m "editors and not exhaustive" -n 0 tests/editors

# Apart from "test", because watching every line takes half as long again.
coverage: $(DEVELOPMENT)
	$(VENV_PYTHON) -m pytest --cov --cov-report=term:skip-covered

lint: $(DEVELOPMENT)
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m mypy
	$(NODE_PATH) node_modules/.bin/tsc --project jsconfig.json
	$(NODE_PATH) node_modules/.bin/prettier --check --log-level warn $(BROWSER_FILES)

format: $(DEVELOPMENT)
	$(VENV_PYTHON) -m ruff check --fix .
	$(VENV_PYTHON) -m ruff format .
	$(NODE_PATH) node_modules/.bin/prettier --write --log-level warn $(BROWSER_FILES)

bench: $(DEVELOPMENT)
	$(VENV_PYTHON) -m benchmarks

fake-openai: $(DEVELOPMENT)
	$(VENV_PYTHON) -m scripts.fake_openai

bench-long: $(DEVELOPMENT)
	$(VENV_PYTHON) -m benchmarks --eight-hours

# For an hour: make chaos CHAOS="--minutes 60"
chaos: $(DEVELOPMENT)
	$(VENV_PYTHON) -m benchmarks.chaos $(CHAOS)

docs: $(DEVELOPMENT)
	$(VENV_PYTHON) scripts/make_docs.py

sample: $(DEVELOPMENT)
	$(VENV_PYTHON) scripts/make_sample.py

screenshots: $(DEVELOPMENT)
	$(VENV_PYTHON) scripts/make_screenshots.py

clean:
	rm -rf $(VENV) node_modules static/vendor screenshots .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN_TIME): requirements.txt package-lock.json scripts/set_up.py
	$(call set_up,run-time)

$(DEVELOPMENT): requirements.txt requirements-dev.txt package-lock.json scripts/set_up.py
	$(call set_up,development)
	@touch $(RUN_TIME)

define set_up
	@test -n "$(PYTHON)" || { echo "[set-up] Python 3.11 or newer is missing; install it, then run make again."; exit 1; }
	@$(PYTHON) scripts/set_up.py $(1) $(VENV)
	@touch $@
endef
