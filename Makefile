# Everything sets itself up: a virtual environment in .venv, versions from constraints.txt.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
SAMPLES := .venv/samples/.ready

# Some systems forbid it, but what was compiled is kept: read anew in each of the tests' many
# processes, it costs more than what most of them do.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test lint bench docs pictures messages clients constraints clean help

help:
	@echo "make demo    assemble a sample month and send it to files"
	@echo "make test    run all tests"
	@echo "make lint    ruff, mypy, import-linter"
	@echo "make bench   measure, as ratios"
	@echo "make docs    write the references in docs/ anew"
	@echo "make pictures  store how the sample digest looks, and the studio's picture in docs/"
	@echo "make messages  bring the translations up to date"
	@echo "make clients FROM=FILE  take over what mail programs know, from caniemail.com's data"
	@echo "make constraints  take newer versions of everything"
	@echo "make clean   remove what was built"

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	@touch $@

# Real bounces to test with, as flufl.bounce ships them in its source.
$(SAMPLES): $(READY)
	$(BIN)/python -m pip download --quiet --no-deps --no-binary flufl-bounce \
		--constraint constraints.txt --dest $(@D) flufl-bounce
	@touch $@

demo: $(READY)
	@$(BIN)/newsletter demo demo

# What tests write is gone after them: in memory, where there is room, no commit waits for a disk.
FLEETING := $(shell df -Pk /dev/shm 2>/dev/null | awk 'END {if ($$4 > 4000000) print "TMPDIR=/dev/shm"}')

# Three at a time, for many wait for others; so do the fault tests, but on a real disk; and those
# that watch the clock by themselves.
test: $(READY) $(SAMPLES)
	@code=0; \
	$(FLEETING) $(BIN)/python -m pytest -n 3 --dist loadfile -m "not alone" --ignore tests/faults || code=1; \
	$(BIN)/python -m pytest -n 3 --dist worksteal tests/faults || code=1; \
	$(BIN)/python -m pytest -m alone tests/e2e || code=1; \
	exit $$code

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/python -m tests.bench

# The references to commands and settings, from the program itself.
docs: $(READY)
	@$(BIN)/python docs/generate.py

# How the sample digest looks, for a test to compare with: commit it once it is to look so.
pictures: $(READY)
	@$(BIN)/python -m tests.support.pictures

# What people read, gathered for the translators.
messages: $(READY)
	@$(BIN)/python docs/messages.py

# The table of mail programs, from data of caniemail.com: npm pack caniemail, and unpack it.
clients: $(READY)
	@$(BIN)/python scripts/update_clients.py "$(FROM)"

# New versions of everything: look at what changed before you commit it.
constraints:
	$(PYTHON) -m venv .venv-new
	.venv-new/bin/python -m pip install --quiet --upgrade pip
	.venv-new/bin/python -m pip install --quiet --editable . --group dev
	.venv-new/bin/python -m pip freeze --all --exclude-editable > constraints.txt
	rm -r .venv-new

clean:
	rm -rf .venv .venv-new demo dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
