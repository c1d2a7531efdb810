# `make run` starts the wall, `make test` tests it, `make check` checks the code.
PYTHON ?= python3
UV := .venv/bin/uv
# The wall runs from its folder, so it is not installed.
SYNC := $(UV) sync --frozen --quiet --compile-bytecode --no-install-project

# pip trusts the certificates of the system. So must uv and npm: in a network that inspects TLS, only
# those know the authority of the inspecting proxy.
SYSTEM_CERTIFICATES := $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/ssl/cert.pem /etc/pki/tls/certs/ca-bundle.crt)
ifneq ($(SYSTEM_CERTIFICATES),)
export UV_SYSTEM_CERTS ?= true
export NODE_EXTRA_CA_CERTS ?= $(firstword $(SYSTEM_CERTIFICATES))
endif

SCRIPTS := run.sh $(filter-out .ci/lint,$(wildcard .ci/*)) $(wildcard rehearsal/*/*.sh rehearsal/programs/*)

# What the tests start, from Debian's packages.
BROWSERS := chromium firefox-esr webkit2gtk-driver xvfb
TESTED_WITH := faketime gettext-base git haproxy nginx pgbouncer prometheus wrk

# Two workers for each core, as many tests wait; each has a PostgreSQL and a browser of its own.
# None for a few tests.
WORKERS ?= $(if $(TESTS),0,$(shell $(PYTHON) -c 'import os; print(2 * os.cpu_count())'))
# Each begins with a stretch of the list, so that few need the same fixture of a module, and takes
# from the other's when it has done its own.
PYTEST_OPTIONS = --verbose --numprocesses=$(WORKERS) --maxprocesses=8 --dist=worksteal $(TESTS)

.PHONY: run test test-newest fuzz coverage check format requirements screenshot screenshots pictures bench rehearse torture clean

run: .venv/run
	@exec .venv/bin/python main.py

test: .venv/dev
	@.ci/need $(TESTED_WITH) $(BROWSERS)
	.venv/bin/pytest $(PYTEST_OPTIONS)

# What needs no browser once more: on the newest Python, with two processes behind one port.
test-newest: .venv/dev
	@.ci/need $(TESTED_WITH)
	@.ci/test-newest $(PYTEST_OPTIONS)

fuzz: .venv/dev
	PYTHONPATH=. .venv/bin/python -m tests.fuzz $(if $(REQUESTS),--requests $(REQUESTS)) $(if $(SEED),--seed $(SEED))

# What the tests run of stena/, in their own process and in those they start.
coverage: .venv/dev
	@.ci/need $(TESTED_WITH) $(BROWSERS)
	@rm -rf .coverage && mkdir .coverage
	-.venv/bin/coverage run -m pytest $(TESTS)
	@.venv/bin/coverage combine --quiet
	.venv/bin/coverage report

check: .venv/dev .ci/lint/node_modules/.done
	@.ci/need shellcheck
	.venv/bin/ruff format --check
	.venv/bin/ruff check
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/djlint --lint --quiet stena/web/templates
	.ci/lint/node_modules/.bin/biome lint --error-on-warnings
	shellcheck $(SCRIPTS)
	$(UV) lock --check --quiet
	@$(MAKE) --no-print-directory requirements | diff requirements.txt - \
		|| { echo "requirements.txt differs from uv.lock: make requirements > requirements.txt"; exit 1; }

format: .venv/dev
	.venv/bin/ruff format
	.venv/bin/ruff check --fix

requirements:
	@$(UV) export --frozen --offline --quiet --no-header --no-emit-project --no-default-groups

screenshot: .venv/dev
	@.ci/need chromium fonts-noto-color-emoji
	PYTHONPATH=. .venv/bin/python docs/screenshot.py

screenshots: .venv/dev
	@.ci/need chromium fonts-noto-color-emoji
	PYTHONPATH=. .venv/bin/python -m tests.browser.shots

pictures: .venv/dev
	@.ci/need chromium
	PYTHONPATH=. .venv/bin/python docs/pictures.py

bench: .venv/dev
	@.ci/need wrk
	PYTHONPATH=. .venv/bin/python -m benchmarks $(PARTS) $(if $(SEED),--seed $(SEED))

rehearse: .venv/dev
	@.ci/need aardvark-dns buildah chromium git iptables mmdebstrap netavark npm podman runc
	PYTHONPATH=. .venv/bin/python -m rehearsal $(HOW)

MINUTES ?= 10
RATE ?= 50

# Namespaces need root, and so do the programs that make them.
torture: .venv/dev
	@[ "$$(id -u)" != 0 ] || .ci/need iproute2 iptables
	@PYTHONPATH=. exec .venv/bin/python -m torture --minutes $(MINUTES) --rate $(RATE) $(if $(SEED),--seed $(SEED))

clean:
	rm -rf .venv .venv-* .ci/lint/node_modules .rehearsal shots .hypothesis .mypy_cache .pytest_cache .coverage .ruff_cache .import_linter_cache

# Two stamps, so that `make run` installs only what the wall needs.
.venv/run: pyproject.toml uv.lock | $(UV)
	@echo "Installing what uv.lock names into .venv"
	@$(SYNC) --inexact --no-default-groups
	@touch $@

.venv/dev: pyproject.toml uv.lock | $(UV)
	@echo "Installing what uv.lock names into .venv, with the tools"
	@$(SYNC) --all-extras
	@touch $@ .venv/run

# The linters that are on npm and not on PyPI; the pages do not need them.
.ci/lint/node_modules/.done: .ci/lint/package-lock.json
	@.ci/need npm
	@echo "Installing what package-lock.json names into .ci/lint"
	@cd .ci/lint && npm ci --silent --no-audit --no-fund
	@touch $@

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed; name it: make run PYTHON=python3.13"; exit 2; }
	@$(PYTHON) -m venv .venv || \
		{ rm -rf .venv; echo "On Debian and Ubuntu: apt-get install python3-venv"; exit 2; }
	@.venv/bin/pip install --quiet --disable-pip-version-check \
		"uv==$$(sed -n '/^name = "uv"$$/{n;s/^version = "\(.*\)"$$/\1/p}' uv.lock)" || \
		{ rm -rf .venv; echo "The packages could not be downloaded; see above."; exit 2; }
