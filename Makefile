# make demo: set up, then answer one question from a rendered room.   make test: set up, then check everything quickly.
SHELL := /bin/bash
.DEFAULT_GOAL := help
SETUP := bash spatial_agent/scripts/setup.sh

.PHONY: help
help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

.PHONY: demo
demo: ## set up, then watch the agent solve a question by writing code
	@$(SETUP) core
	@.venv/bin/spatialclaw demo

.PHONY: test
test: ## set up, then lint, layers, types and the fast tests
	@$(SETUP) dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports
	.venv/bin/mypy
	.venv/bin/pytest -n $$(( ($$(nproc) * 3 + 1) / 2 )) -m "not slow"  # more than there are cores: many tests wait

.PHONY: test-all
test-all: test ## the same, then the slow tests
	.venv/bin/pytest -m slow -rs

.PHONY: bench
bench: ## set up, then attack kernels, and time them, the loop with a scripted backbone, and the tools
	@$(SETUP) dev
	.venv/bin/python bench/attacks.py tests/attacks/attacks.jsonl
	.venv/bin/python bench/kernel.py
	.venv/bin/python bench/loop.py
	.venv/bin/python bench/tools.py

.PHONY: lock
lock: ## write the lock files anew (needs uv)
	echo hatchling | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --extra dev pyproject.toml - --output-file requirements.lock
	echo hatchling | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --constraints requirements.lock --extra bench pyproject.toml - --output-file requirements-bench.lock
	echo hatchling | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --constraints requirements.lock pyproject.toml - --output-file requirements-core.lock
