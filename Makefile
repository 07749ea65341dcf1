# Gatehouse: `make help` lists what there is. GNU make 3.81 or newer; any Python from 3.9.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run dev demo-reset seed-big seed-big-bench screenshots train doctor nlu-report test test-postgres test-quick check bench lock clean core tooled scanning sbom mutants access-matrix operations-page record-schema crossing compliance watch-report watch-rivals chaos

# The first Python that starts here and can make environments. (A pyenv shim may refuse to start.)
PYTHON := $(shell for p in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.10 python3.9 \
	/usr/bin/python3 python; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))' \
	>/dev/null 2>&1 && echo "$$p" && break; done)
ENVIRONMENTS = $(or $(PYTHON),$(error no Python from 3.9 with venv and pip was found: \
	install one (Debian or Ubuntu: apt-get install python3-venv))) tools/environments.py
BIN := .venv/bin
# Options for pytest, as in: make test PYTEST="-k sessions"
PYTEST ?=
# The inner loop leaves out what starts a browser or a Rasa process, and what is slow to collect.
QUICK := $(addprefix --ignore=tests/,web dialogue e2e attacks cli gateway/test_generated.py)
# Tests keep what they compile, whatever the machine's environment says: each worker loads all of
# them, and each process that they start loads the project.
TESTED := env -u PYTHONDONTWRITEBYTECODE

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' Makefile | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

run: core ## set everything up, start Gatehouse, stop it on Ctrl-C
	@exec $(BIN)/gatehouse run

dev: tooled ## run, and reload what you change: actions, policies, manifests, pages, words
	@exec $(BIN)/gatehouse dev

train: core ## train the model again
	@exec $(BIN)/gatehouse train

# The people come from a generator that only developers have: `make run` needs none of it.
BIG ?=
seed-big: tooled ## fill the home with 2,000 made-up people a tenant, and all that is theirs
	@exec $(BIN)/python -m tools.big $(BIG)

demo-reset: core ## forget all that people have done in the demo; the next start begins anew
	@exec $(BIN)/gatehouse demo reset

screenshots: tooled ## take the README's pictures anew, from a Gatehouse that is started for it
	@exec $(BIN)/python -m tools.screenshots

seed-big-bench: tooled ## measure every read of the APIs on what the home holds
	@exec $(BIN)/python -m tools.big.measure

doctor: core ## look for what would keep Gatehouse from starting
	@exec $(BIN)/gatehouse doctor

# Sentences of other people to measure on as well: JSON lists of {text, intent}, if there are any.
NLU ?= $(wildcard ../shared/nlu-dev/*.json)

nlu-report: tooled ## measure how well the model understands, over three seeds, and write a page
	@exec $(BIN)/python -m tools.nlu_report $(NLU)

# A file stays with one worker, for its fixtures' sake. Three workers for two processors: whole
# systems spend much of their time waiting for the next code of an app.
SHARED := -n 3 --dist loadfile --no-loadscope-reorder

test: tooled ## run all tests
	@$(BIN)/python -m tests.support.browser --install
	@$(BIN)/python -m tests.support.oathtool --install
	@$(BIN)/python -m tests.support.node --install
	@$(BIN)/python -m tests.support.postgres --install
	@$(BIN)/python -m tests.support.namespaces --install
	@$(BIN)/python -m tests.support.rsyslog --install
	@$(BIN)/python -m tests.support.promtool --install
	@$(BIN)/python -m tests.support.model --make
	@exec $(TESTED) $(BIN)/pytest $(SHARED) $(PYTEST)

test-postgres: tooled ## run the tests of the security core and of the APIs on PostgreSQL
	@$(BIN)/python -m tests.support.postgres --install
	@exec $(TESTED) GATEHOUSE_TEST_DATABASE=postgres $(BIN)/pytest $(SHARED) tests/security \
		$(addprefix tests/apis/,banking healthcare hr it orders) $(PYTEST)

test-quick: tooled ## run the tests that need no real processes and no browser
	@exec $(TESTED) $(BIN)/pytest -n 2 --dist loadfile -m "not e2e and not slow" $(QUICK) $(PYTEST)

access-matrix: tooled ## print docs/access-matrix.md and ways-in.md anew, from what guard and APIs answer
	@PRINT_ACCESS_MATRIX=1 $(BIN)/pytest -q tests/access/test_matrix.py tests/access/test_ways.py

operations-page: tooled ## print docs/operations.md anew, from manifests and policies
	@$(BIN)/python -m security.tools.operations page > docs/operations.md

record-schema: tooled ## print the schema of a record anew, from the code
	@$(BIN)/python -m security.audit.schema > web/assets/schemas/audit-record-2.json

compliance: tooled ## write docs/compliance.md from what the tests came to last: runs none itself
	@exec $(BIN)/python tools/compliance.py

crossing: tooled ## try a hundred thousand times to reach what belongs to others (CROSSING_SEED=…)
	@CROSSING_CALLS=100000 $(BIN)/pytest -q tests/access/test_crossing.py

watch-report: tooled ## make months of life with planted attacks, and count what the watch sees
	@exec $(BIN)/python -m tools.watch

# CHAOS="--kills 100 --seed 7" kills less often, and chooses the same moments again.
CHAOS ?=
chaos: tooled ## kill security at a thousand random moments: the log verifies each time
	@exec $(BIN)/python -m tests.security.chaos $(CHAOS)

watch-rivals: ## hold the watch's score against those of a kept library, on the same months
	@$(ENVIRONMENTS) --no-rasa --rivals
	@exec .venv-rivals/bin/python -m tools.watch.rivals --write

check: scanning ## lint, types, import and security rules, lock files, licences, docs, page weight
	@exec $(BIN)/python tools/check.py

sbom: scanning ## write what is installed as CycloneDX documents in sbom/, and check their licences
	@exec $(BIN)/python tools/sbom.py

mutants: tooled ## change the rules of security/ bit by bit: the tests must notice (hours; SAMPLE=1: one in five)
	@exec $(BIN)/python tools/mutants.py $(if $(SAMPLE),--sample) $(GROUPS)

bench: tooled ## measure Gatehouse beside stock Rasa; writes bench/results.json
	@exec $(BIN)/python -m bench

lock: ## write the lock files under requirements/ anew
	@$(ENVIRONMENTS) --uv-only
	@exec sh tools/lock.sh

clean: ## remove the environments, the caches and the built models; keeps .gatehouse
	rm -rf .venv .venv-rasa .venv-scan .venv-rivals .uv .mutants .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache .rasa bench/.work
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

core:
	@exec $(ENVIRONMENTS)

tooled:
	@exec $(ENVIRONMENTS) --dev

scanning:
	@exec $(ENVIRONMENTS) --dev --scan
