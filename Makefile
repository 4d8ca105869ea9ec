# Everything needs only Python 3.11 or later and make; the rest is set up here. `make` alone lists the targets.
PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/pytest
# Systems are started dozens of times, a process for each service: compiling all that it imports anew would be a third
# of each start.
unexport PYTHONDONTWRITEBYTECODE
# So many test files run at once, each worker with a Kafka and a PostgreSQL of its own;
# journeys, which start whole systems, go one after the other. 0: one process, as --pdb wants.
WORKERS ?= 2
PARALLEL := -n $(WORKERS) --dist loadfile
SOURCES := libs services tests conftest.py

# The layers of the tests, by marker: what has none of the markers needs no server. docs/testing.md says which test is where.
ELSEWHERE := compose or browser or ops or long
UNIT := not (component or fault or journey or wide or $(ELSEWHERE))
COMPONENT := component and not (fault or journey or wide or $(ELSEWHERE))
FAULT := fault and not (journey or wide or $(ELSEWHERE))
JOURNEY := journey and not (wide or $(ELSEWHERE))
WIDE_UNIT := wide and not (component or fault or journey or $(ELSEWHERE))
WIDE_COMPONENT := wide and component and not (fault or journey or $(ELSEWHERE))
WIDE_FAULT := wide and fault and not (journey or $(ELSEWHERE))
WIDE_JOURNEY := wide and journey and not ($(ELSEWHERE))
LONG := long and not (compose or browser or ops)
COMPOSE := compose
BROWSER := browser and not compose
OPS := ops and not (compose or browser or long)

.DEFAULT_GOAL := help
.PHONY: help setup archive test test-wide test-unit test-component test-fault test-journey test-long test-helm test-compose test-prometheus test-ops test-web test-browser web simulate model bench bench-quick chaos mutate reference docs lint fmt lock \
	demo up down status doctor clean clean-all

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## set up .venv, uv, all packages and Kafka's jars; does nothing when they are there
	@$(PYTHON) libs/stack/bootstrap.py

# Without it each of the many brokers that tests start would take twice as long.
archive: setup
	@$(BIN)/python -m tsunagu.stack.kafka_archive

# After each layer's name its bound in seconds, after that of all: on two cores that do nothing else, everything set up. It is printed, never asserted.
test: archive  ## run all tests that fit into a quarter of an hour: units, components, faults, journeys
	@PYTEST="$(PYTEST)" libs/stack/test_layers.sh 900 \
		unit 120 "$(UNIT)" "$(PARALLEL) $(ARGS)" \
		component 180 "$(COMPONENT)" "--marked component $(PARALLEL) $(ARGS)" \
		fault 240 "$(FAULT)" "--marked fault $(PARALLEL) $(ARGS)" \
		journey 180 "$(JOURNEY)" "--marked journey $(ARGS)"

test-wide: archive  ## run all tests that `make test` has no time for, in the same layers
	@PYTEST="$(PYTEST)" libs/stack/test_layers.sh none \
		unit none "$(WIDE_UNIT)" "--marked wide $(PARALLEL) $(ARGS)" \
		component none "$(WIDE_COMPONENT)" "--marked wide $(PARALLEL) $(ARGS)" \
		fault none "$(WIDE_FAULT)" "--marked wide $(PARALLEL) $(ARGS)" \
		journey none "$(WIDE_JOURNEY)" "--marked wide $(ARGS)"

test-unit: setup  ## run the tests that need no server (ARGS="…" for pytest)
	@$(PYTEST) -m "$(UNIT)" $(PARALLEL) $(ARGS)

test-component: archive  ## run the tests of one part against a real Kafka and PostgreSQL
	@$(PYTEST) -m "$(COMPONENT)" --marked component $(PARALLEL) $(ARGS)

test-fault: archive  ## run the tests in which something is killed, frozen or taken away
	@$(PYTEST) -m "$(FAULT)" --marked fault $(PARALLEL) $(ARGS)

test-journey: archive  ## run the tests of several services together
	@$(PYTEST) -m "$(JOURNEY)" --marked journey $(ARGS)

test-helm: setup .venv-helm/complete  ## render the Helm chart and hold it against Kubernetes's schemas (needs Go; fetches Helm and kubeconform once)
	@$(PYTEST) -m "$(LONG)" tests/helm $(ARGS)

test-long: archive .venv-helm/complete  ## run the tests that take minutes
	@$(PYTEST) -m "$(LONG)" --marked long $(ARGS)

web: setup  ## build the apps for shoppers, staff and the board, where their sources have changed
	@$(BIN)/python -m tsunagu.stack.web build

test-web: setup  ## check the types of the web apps and run their unit tests (ARGS="…" for vitest)
	@$(BIN)/python -m tsunagu.stack.web test $(ARGS)

test-browser: web  ## use the web apps in a real browser, against a running retailer; screenshots in .tsunagu/screenshots
	@$(PYTEST) -m "$(BROWSER)" tests/browser $(ARGS)

simulate: setup  ## play schedules of faults (SECONDS=60, FIRST=0), or one of them again (SEED=17)
	@PYTHONHASHSEED=0 $(BIN)/python -m tests.simulator \
		$(if $(SEED),--seed $(SEED),--seconds $(or $(SECONDS),60) --first $(or $(FIRST),0))

model: setup  ## compare random lives of a few stores with a simple model after each step (STEPS=200000)
	@$(if $(STEPS),MODEL_STEPS=$(STEPS)) $(PYTEST) -m "not long" tests/model $(ARGS)

test-compose: setup  ## bring the compose file up with the Docker that is there, and place an order through edge
	@$(PYTEST) -m "$(COMPOSE)" tests/deploy $(ARGS)

test-prometheus: setup  ## check Prometheus's rules and have promtool try each alert (PROMTOOL=… for your own)
	@promtool="$$($(BIN)/python -m tsunagu.stack.promtool)" \
		&& "$$promtool" check rules deploy/prometheus/rules/*.yml \
		&& "$$promtool" check config deploy/prometheus/prometheus.yml \
		&& "$$promtool" test rules deploy/prometheus/tests/*.yml

test-ops: web  ## have a Prometheus look at a running retailer, and ask it all that dashboards and alerts ask (ARGS="-m ops" breaks things too)
	@promtool="$$($(BIN)/python -m tsunagu.stack.promtool)" \
		&& PATH="$$(dirname "$$promtool"):$$PATH" $(PYTEST) -m "$(OPS)" tests/ops $(ARGS)

bench: setup .venv-bench/complete  ## measure the project beside others, an hour; writes tests/bench/results (ARGS="--only hot_sku --busy")
	@$(BIN)/python -m tests.bench $(ARGS)

bench-quick: setup .venv-bench/complete  ## measure the main ratios only, small, in five minutes
	@$(BIN)/python -m tests.bench --quick $(ARGS)

chaos: setup  ## kill, freeze and cut off a running retailer for ten minutes, audited each time (ARGS="--list", --only NAME)
	@$(BIN)/python -m tests.chaos $(ARGS)

mutate: setup .venv-mutation/complete  ## plant bugs in what everything rests on, and tell which no test sees (ARGS="--only relay --count 20")
	@$(BIN)/python -m tests.mutation $(ARGS)

.venv-%/complete: tests/%/requirements.lock
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-$*
	@$(BIN)/uv pip install --quiet --python .venv-$*/bin/python --require-hashes -r $<
	@touch $@

reference: setup  ## write the pages of docs/ that are made from the code
	@$(BIN)/python -m tests.reference

docs: setup .venv-site/complete  ## make the documentation's site, in .tsunagu/site/html
	@$(BIN)/python -m tests.site

lint: setup  ## check style, types and the rules between packages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(SOURCES)
	@$(BIN)/lint-imports

fmt: setup  ## format the code and sort the imports
	@$(BIN)/ruff check --fix --exit-zero .
	@$(BIN)/ruff format .

lock: setup  ## bring requirements.lock up to date with the members' dependencies (ARGS=--upgrade for newer versions)
	@$(BIN)/python -m tsunagu.stack.requirements $(ARGS)

demo: web  ## play a whole retailer for a minute and audit it (ARGS="--orders 2000 --stores 50 --skus 500")
	@$(BIN)/tsunagu demo $(ARGS)

up: web  ## start Kafka, PostgreSQL and the services (ARGS="--services none")
	@$(BIN)/tsunagu up $(ARGS)

down: setup  ## stop them; their data stays
	@$(BIN)/tsunagu down

status: setup  ## show what runs and whether it answers
	@$(BIN)/tsunagu status

doctor: setup  ## check what this machine lacks
	@$(BIN)/tsunagu doctor

clean:  ## stop the system and delete its data, and what tools have cached
	@if [ -x $(BIN)/tsunagu ]; then $(BIN)/tsunagu down 2>/dev/null || [ $$? -eq 3 ]; fi
	@rm -rf .tsunagu .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find libs services tests -name __pycache__ -type d -prune -exec rm -rf {} +

clean-all: clean  ## delete also .venv, Kafka's jars, and what the web apps are built with and into
	@rm -rf .venv .venv-* .cache services/edge/web/node_modules libs/channel/node/node_modules services/edge/src/edge/*/web
