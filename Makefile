# The only entrance: every command of the README, the documents and CI is a target here.
.DEFAULT_GOAL := help
SHELL := /bin/sh
# Tests start hundreds of processes: each would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE
# uv trusts the certificates of this machine, as pip does: behind a proxy its own list is not enough. Two names: new and old.
export UV_SYSTEM_CERTS := true
export UV_NATIVE_TLS := true

# PYTHON=3.13 takes that version, in a folder of its own beside .venv; PYTHON=/path/to/python builds .venv with it.
PYTHON ?=
VENV := .venv$(if $(filter 3.%,$(PYTHON)),-$(PYTHON))
PY := $(VENV)/bin/python
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
BENCH := $(foreach side,dlt frames runtime,.venv-bench-$(side)/.installed)
REHEARSAL := .rehearsal-venv/.installed
BROWSER := .venv/.browser-found
ENGINES := .venv-engines/.installed .engines/.installed
CLIENTS := tests/application/api/clients/node_modules/.installed
MANIFESTS := pyproject.toml hatch_build.py lambda_src/pyproject.toml scripts/setup_venv.sh
OURS := __main__.py hatch_build.py infra lambda_src scripts tests

# The names that a stack gave its secrets and parameters, and the region they are in.
of_the_region = topic=$$(pulumi stack output alarm_topic_arn --stack "$(STACK)"); \
	AWS_REGION=$$(echo "$$topic" | cut -d: -f4); export AWS_REGION;

of_the_stack = TOKENS_SECRET=$$(pulumi stack output tokens_secret_name --stack "$(STACK)"); \
	DUCKDB_PATH=$$(pulumi stack output database_uri --stack "$(STACK)"); \
	$(of_the_region) export TOKENS_SECRET DUCKDB_PATH;

of_the_api = API_KEYS=$$(pulumi stack output api_keys_parameter --stack "$(STACK)"); $(of_the_region) export API_KEYS;

of_the_messages = NOTIFY_URLS=$$(pulumi stack output notify_urls_parameter --stack "$(STACK)"); $(of_the_region) \
	export NOTIFY_URLS;

of_the_record = DUCKDB_PATH=$$(pulumi stack output database_uri --stack "$(STACK)"); export DUCKDB_PATH;

# Each output of a club's stack is exported under the name of its setting; there may be no copy in another region.
of_the_club = for one in CLUB=club CLUB_SECRETS=club_secrets CLUB_MIN_DISTANCE=club_min_distance SYNC_QUEUE=sync_queue_url \
	LAKE_QUEUE=lake_queue_url LAKE_FUNCTION=lake_function REBUILD_MACHINE=rebuild_machine; do \
	value=$$(pulumi stack output "$${one\#*=}" --stack "$(STACK)"); export "$${one%%=*}=$$value"; done; \
	replica=$$(pulumi stack output replica_bucket_name --stack "$(STACK)" 2> /dev/null || true); \
	if test -n "$$replica"; then export CLUB_REPLICA="s3://$$replica/"; \
	CLUB_REPLICA_REGION=$$(pulumi stack output club_replica_region --stack "$(STACK)"); export CLUB_REPLICA_REGION; fi; $(of_the_region)

DATA ?=
ARGS ?=
NAME ?= phone
ARCH ?= arm64
PYTHON_VERSION ?= 3.12
LAKE ?=
SEED ?= 1
COUNT ?= 200
RUNS ?= 200000
EVENT ?= {}
BENCH_ARGS ?=

.PHONY: help run setup package sync api-key phone club channel failover failback serve docs quick quick-tests test rehearse drill live check format auth soak bench engines lock audit picture clean

help:  ## this list
	@awk -F ':.*##' '/^[a-z-]+:.*##/ { printf "%-12s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUNTIME)  ## the whole thing, locally: a Smashrun simulator, OAuth, sync, summary (DATA=file for real runs)
	@$(PY) -m scripts.demo $(if $(DATA),--data "$(DATA)")

setup: $(RUNTIME)  ## build .venv

package: $(RUNTIME)  ## build the Lambda's package into build/ (ARCH=arm64 PYTHON_VERSION=3.12; LAKE=1: the lake writer's too)
	@$(PY) scripts/build_lambda.py --arch $(ARCH) --python $(PYTHON_VERSION)
	@$(if $(LAKE),$(PY) scripts/build_lambda.py --arch $(ARCH) --python $(PYTHON_VERSION) --lake,:)

auth: $(RUNTIME)  ## authorise with Smashrun and store the tokens (STACK=mine: in that stack's secret)
	@set -e; $(if $(STACK),$(of_the_stack)) $(PY) scripts/setup_tokens.py

# A sync that is told to stop waiting may still run: it is asked for once.
sync: $(RUNTIME)  ## sync now (STACK=mine: that stack, and show its answer; EVENT='{"full": true}' as docs/operations.md has it)
	@set -e; $(if $(STACK),function=$$(pulumi stack output sync_function_name --stack "$(STACK)"); $(of_the_region) \
		answer=$$(mktemp); trap 'rm "$$answer"' EXIT; failed=$$(AWS_MAX_ATTEMPTS=1 aws lambda invoke --function-name "$$function:live" \
		--cli-binary-format raw-in-base64-out --payload '$(EVENT)' --cli-read-timeout 920 --query FunctionError \
		--output text "$$answer"); cat "$$answer"; echo; test "$$failed" = None,$(PY) -m scripts.cli sync)

api-key: $(RUNTIME)  ## make a key for the API and show it once (NAME=phone; STACK=mine: for that stack's API)
	@set -e; $(if $(STACK),$(of_the_api)) $(PY) -m scripts.cli api-key new --name "$(NAME)"

phone: $(RUNTIME)  ## a QR code that signs a phone in to the page (NAME=phone; STACK=mine: to that stack's page)
	@set -e; $(if $(STACK),$(of_the_api) $(of_the_record)) $(PY) -m scripts.cli phone $(if $(filter-out phone,$(NAME)),--name "$(NAME)") \
		$(if $(STACK),--address "$$(pulumi stack output api_url --stack "$(STACK)")")

club: $(RUNTIME)  ## a command for a club (ARGS="add Anna --timezone Europe/Amsterdam"; STACK=mine: for that stack's)
	@set -e; $(if $(STACK),$(of_the_club)) $(PY) -m scripts.cli club $(ARGS)

channel: $(RUNTIME)  ## add a channel for messages; its address is read, never shown (STACK=mine: to that stack's)
	@set -e; $(if $(STACK),$(of_the_messages)) $(PY) -m scripts.cli message --add -

failover: $(RUNTIME)  ## keep a stack's record in the region of its copies (STACK=prod TO=us-west-2)
	@$(PY) -m scripts.failover over --stack "$(STACK)" --region "$(TO)" $(if $(filter-out phone,$(NAME)),--name "$(NAME)")

failback: $(RUNTIME)  ## bring it back to the first region (STACK=prod FROM=us-west-2)
	@$(PY) -m scripts.failover back --stack "$(STACK)" --region "$(FROM)" $(if $(filter-out phone,$(NAME)),--name "$(NAME)")

serve: $(RUNTIME)  ## the page on this machine, and the API with a page to try it out
	@$(VENV)/bin/myrunstreak serve

docs: $(RUNTIME)  ## docs/api.md, from the API's own document
	@$(PY) -m scripts.documents.api

quick: $(DEV)  ## check, and every test that needs no other process and no server
	@$(MAKE) -s --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync) check quick-tests

quick-tests:
	@$(PY) -m pytest -n 2 --quick --hypothesis-profile quick

test: $(DEV) $(REHEARSAL) $(CLIENTS) $(BROWSER)  ## every test, the rehearsal included
	@$(PY) -m pytest -n 2 --dist loadgroup

rehearse: $(DEV) $(REHEARSAL)  ## deploy the real program into an AWS emulator and let the schedule start the sync
	@$(PY) -m pytest -m rehearsal -s -vv tests/whole/rehearsal

drill: $(DEV) $(REHEARSAL)  ## the record is lost in the rehearsal and comes back; writes the day into docs/operations.md
	@$(PY) -m scripts.documents.drill

live: $(DEV)  ## up, invoke, refresh, destroy with the Pulumi CLI, in your account or AWS_ENDPOINT_URL (docs/live-test.md)
	@$(PY) -m pytest -m live -s -vv tests/whole/live

check: $(DEV)  ## format, lint, types
	@$(PY) -m ruff format --check $(OURS)
	@$(PY) -m ruff check $(OURS)
	@$(PY) -m pyright --pythonpath $(PY)

format: $(DEV)  ## put the code into form
	@$(PY) -m ruff format $(OURS)
	@$(PY) -m ruff check --fix $(OURS)

soak: $(DEV)  ## long fault campaigns (SEED=1 COUNT=200)
	@SOAK_SEED=$(SEED) SOAK_COUNT=$(COUNT) $(PY) -m pytest -n 2 -m "soak or campaign or hypothesis" \
		--hypothesis-profile soak --hypothesis-seed $(SEED)

bench: $(DEV) $(BENCH)  ## ratios against named alternatives, into docs/benchmarks.md (a quarter of an hour; BENCH_ARGS=--quick)
	@$(PY) -m scripts.bench $(BENCH_ARGS)
	@$(PY) -m scripts.bench.first_sight || true
	@$(if $(BENCH_ARGS),,if test -e .venv-engines/.installed && test -e .engines/.installed; then $(PY) -m scripts.bench.engines; \
	else echo "The board on DuckDB, Trino and Spark is not measured again: \`make engines\` installs them."; fi)

engines: $(DEV) $(REHEARSAL) $(ENGINES)  ## a club's lake asked by DuckDB, Trino and Spark, byte for byte (1 GB of downloads; RUNS=200000)
	@$(PY) -m scripts.engines --runs $(RUNS)

audit: $(DEV)  ## known vulnerabilities in every requirements file; fails where they cannot be looked up
	@$(PY) -m scripts.audit

picture: $(DEV) $(BROWSER)  ## the pictures of the documents, from real runs: the same bytes for the same code
	@$(PY) -m scripts.documents.pictures

lock: $(DEV)  ## compile the requirements files anew: versions and hashes, no addresses
	@VENV=$(VENV) scripts/lock.sh

clean:  ## remove what setup and tests made; data/ stays
	rm -rf .venv .venv-* .rehearsal-venv .engines tests/application/api/clients/node_modules build .pytest_cache .ruff_cache .hypothesis

$(RUNTIME): requirements.txt $(MANIFESTS)
	@VENV=$(VENV) scripts/setup_venv.sh requirements.txt
	@touch $@

$(DEV): tests/requirements.txt $(RUNTIME)
	@VENV=$(VENV) scripts/setup_venv.sh requirements.txt tests/requirements.txt
	@touch $@

.venv-bench-%/.installed: scripts/bench/requirements-%.txt scripts/setup_venv.sh $(RUNTIME)
	@VENV=.venv-bench-$* PYTHON="$(abspath $(PY))" FOREIGN=1 scripts/setup_venv.sh $<
	@touch $@

.venv-engines/.installed: scripts/engines/requirements.txt scripts/setup_venv.sh $(RUNTIME)
	@VENV=.venv-engines PYTHON="$(abspath $(PY))" FOREIGN=1 scripts/setup_venv.sh $<
	@touch $@

.engines/.installed: scripts/engines/artifacts.txt scripts/engines/install.py $(RUNTIME)
	@$(PY) -m scripts.engines.install
	@touch $@

$(BROWSER): scripts/setup_browser.sh $(DEV)
	@scripts/setup_browser.sh
	@touch $@

$(REHEARSAL): tests/whole/rehearsal/requirements.txt scripts/setup_rehearsal.sh $(RUNTIME)
	@VENV=$(VENV) scripts/setup_rehearsal.sh
	@touch $@

# Generators of clients, run over the API's document where there is Node; a validator in Python checks it everywhere.
$(CLIENTS): tests/application/api/clients/package-lock.json
	@if command -v npm > /dev/null && (cd tests/application/api/clients && npm ci --silent --ignore-scripts); then touch $@; \
	else mkdir -p $(@D); echo "Node's generators are not installed: the document is validated in Python alone."; fi
