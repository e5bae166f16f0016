# Everything starts here: `make run` (assistant with sandbox and demo data), `make serve` (configured by .env), `make test`.
SHELL := /bin/bash
UV := $(or $(shell command -v uv 2>/dev/null),$(CURDIR)/.uv/bin/uv)
CHENGYAO := .venv/bin/chengyao

.PHONY: run serve test setup eval train lint check-locks clean

run: setup
	@exec $(CHENGYAO) run $(if $(POLICIES),--policies $(POLICIES))

serve: setup
	@exec $(CHENGYAO) run --production

train: setup
	@$(CHENGYAO) train

eval: setup
	@$(CHENGYAO) eval $(FILE)

test: setup lint
	@$(CHENGYAO) train --no-compare
	@.venv/bin/python -m pytest

lint: setup
	@.venv/bin/ruff check .
	@.venv/bin/mypy

setup: $(UV)
	@$(MAKE) --no-print-directory -j2 .venv/.ready nlu/.venv/.ready

$(CURDIR)/.uv/bin/uv:
	@echo "== installing uv"
	@python3 -m venv .uv && .uv/bin/pip install --quiet uv

.venv/.ready: requirements-dev.txt
	@echo "== product environment (Python 3.11 or newer)"
	@test -x .venv/bin/python || $(UV) venv --quiet --python '>=3.11,<3.14' .venv
	@$(UV) pip sync --quiet --python .venv/bin/python requirements-dev.txt
	@printf '#!/bin/sh\n# Runs the command line from its checkout.\nhome=$$(cd "$$(dirname "$$0")/../.." && pwd)\nPYTHONPATH="$$home" exec "$$home/.venv/bin/python" -m cli "$$@"\n' > $(CHENGYAO)
	@chmod +x $(CHENGYAO) && touch $@ && echo "== product environment ready"

nlu/.venv/.ready: nlu/requirements.txt
	@echo "== Rasa environment (Python 3.10)"
	@test -x nlu/.venv/bin/python || $(UV) --directory nlu venv --quiet .venv
	@$(UV) pip sync --quiet --python nlu/.venv/bin/python nlu/requirements.txt
	@touch $@ && echo "== Rasa environment ready"

clean:
	rm -rf .venv nlu/.venv .uv
