# make demo   sets everything up, then does the main job and shows it
# make test   sets everything up, then passes all tests
# make run    opens the window
# make soak   random schedules with real kills, for as long as it runs (docs/invariants.md)
# make fuzz   every decoder against bytes nobody would send (docs/sync-protocol.md), FUZZ_SECONDS each

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
OUT ?= demo-out
DEMO_FLAGS ?=
SOAK_FLAGS ?=
FUZZ_SECONDS ?= 60

# Every verb is a process of its own: compiled code is kept, whatever this machine says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test run soak fuzz lock clean
.DELETE_ON_ERROR:

setup: $(VENV)/.libraries $(VENV)/.installed

demo: setup
	$(BIN)/ntmdesk demo --out $(OUT) $(DEMO_FLAGS)

test: setup
	scripts/check

run: setup
	$(BIN)/ntmdesk

soak: setup
	$(BIN)/python -m tests.soak $(SOAK_FLAGS)

fuzz: setup
	$(BIN)/python -m tests.sync.protocol.fuzz --seconds $(FUZZ_SECONDS)

# The lock holds hashes and no address, and names everything: pip resolves nothing of its own (it would look at
# newer releases than those locked), nothing outside it is fetched, nothing is built from source.
$(VENV)/.installed: requirements/dev.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --no-deps --require-hashes --only-binary :all: -r requirements/dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m pip check --disable-pip-version-check
	touch $@

$(VENV)/.libraries: scripts/system-libraries
	scripts/system-libraries
	mkdir -p $(VENV)
	touch $@

# Needs uv (pip install uv); run after changing requirements/dev.in.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header --no-annotate requirements/dev.in -o requirements/dev.lock

clean:
	rm -rf build demo-out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
