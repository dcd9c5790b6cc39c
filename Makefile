# The two commands of the README: make demo, make test.
.DEFAULT_GOAL := help
.PHONY: help demo serve test check setup setup-dev fmt lint types imports js e2e update-golden bench bench-calls bench-thread bench-routing bench-flows bench-twilio bench-sockets lock docs pictures

PYTHON := .venv/bin/python
PYTEST := PYTHONASYNCIODEBUG=1 $(PYTHON) -m pytest
SOURCES := threadline telephony ivr_flows omnichannel recordings web benchmarks scripts tests
ARGS ?=

# Some images tell Python to keep no compiled modules; then each of the hundreds of processes a test run starts would
# compile the same thousand anew, which is more than half of a server's start.
export PYTHONDONTWRITEBYTECODE :=

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

demo: setup ## the server with simulated customers and a history; ARGS="--quiet-customers" leaves the phones to you
	$(PYTHON) -m threadline demo $(ARGS)

serve: setup ## the server; ARGS="--data-dir DIR --http HOST:PORT ..."
	$(PYTHON) -m threadline serve $(ARGS)

test: setup-dev ## every test, on real phones, PostgreSQL and Chromium; ARGS="-k words" for some
	$(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup-dev ## what CI runs: fmt, lint, types, imports, js, test
	$(MAKE) --no-print-directory fmt
	$(MAKE) --no-print-directory lint
	$(MAKE) --no-print-directory types
	$(MAKE) --no-print-directory imports
	$(MAKE) --no-print-directory js
	$(MAKE) --no-print-directory test

setup: ## .venv from requirements.lock
	@python3 scripts/setup.py

setup-dev: ## the same with what tests and checks need (Debian packages too, when root)
	@python3 scripts/setup.py --dev

fmt: setup-dev ## lay out the sources (CI only looks)
	$(PYTHON) -m ruff format $(if $(CI),--check) $(SOURCES)

lint: setup-dev ## ruff
	$(PYTHON) -m ruff check $(SOURCES)

types: setup-dev ## mypy, strict, tests too
	$(PYTHON) -m mypy

imports: setup-dev ## who may import whom
	.venv/bin/lint-imports --no-logo

js: setup-dev ## the pages' modules, by the TypeScript checker
	$(PYTHON) scripts/check_js.py

e2e: setup-dev ## the whole server, Chromium included
	$(PYTEST) -m e2e $(ARGS)

update-golden: setup-dev ## write golden files anew; review the diff
	$(PYTEST) -q --update $(ARGS)

bench: setup-dev ## the README's figures
	$(PYTHON) -m benchmarks $(ARGS)

bench-calls: setup-dev ## what calls cost and how many there can be; ARGS="--max 400"
	$(PYTHON) -m benchmarks.calls $(ARGS)

bench-thread: setup-dev ## one customer's thread among a million; ARGS="--contacts 1000000"
	$(PYTHON) -m benchmarks thread $(ARGS)

bench-routing: setup-dev ## the routing table against published dispatch rules; ARGS="--seeds 6" for a short one
	$(PYTHON) -m benchmarks.routing $(ARGS)

docs: setup-dev ## docs/configuration.md and docs/flows/ from what they describe
	$(PYTHON) -m scripts.configuration_page
	$(PYTHON) -m scripts.flow_pages

pictures: setup-dev ## docs/images from the pages as they are; ARGS="offer thread" for some
	$(PYTHON) -m scripts.pictures $(ARGS)

bench-twilio: setup-dev ## a call by Twilio's media streams beside one by SIP; ARGS="--calls 50,100"
	$(PYTHON) -m benchmarks.twilio $(ARGS)

bench-flows: setup-dev ## what a step of a flow costs, and the check of a large one
	$(PYTHON) -m benchmarks.flows $(ARGS)

bench-sockets: setup-dev ## events to agents' live sockets, and what an agent costs; ARGS="--agents 200 --rate 50"
	$(PYTHON) -m benchmarks.sockets $(ARGS)

lock: setup-dev ## both lock files, from pyproject.toml
	$(PYTHON) -m scripts.lock $(ARGS)
