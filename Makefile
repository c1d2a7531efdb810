# `make run` starts the wall; `make test` proves it; `make check` reads the code.
PYTHON ?= python3
UV := .venv/bin/uv
SYNC := $(UV) sync --frozen --quiet --compile-bytecode

.PHONY: run test check format requirements screenshot screenshots pictures bench rehearse clean

run: .venv/run
	@exec .venv/bin/python main.py

test: .venv/dev
	@.ci/need chromium gettext-base git wrk
	.venv/bin/pytest $(TESTS)
	@# What talks HTTP once more, to two processes behind one port.
	$(if $(TESTS),,.venv/bin/pytest tests/web --processes=2)

check: .venv/dev
	.venv/bin/ruff format --check
	.venv/bin/ruff check
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(UV) lock --check --quiet
	@$(MAKE) --no-print-directory requirements | diff requirements.txt - \
		|| { echo "requirements.txt differs from uv.lock: make requirements > requirements.txt"; exit 1; }

format: .venv/dev
	.venv/bin/ruff format
	.venv/bin/ruff check --fix

requirements:
	@$(UV) export --frozen --offline --quiet --no-header --no-emit-project --no-default-groups --group local

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
	PYTHONPATH=. .venv/bin/python -m benchmarks $(PARTS)

rehearse: .venv/dev
	@.ci/need aardvark-dns buildah chromium git iptables mmdebstrap netavark npm podman runc
	PYTHONPATH=. .venv/bin/python -m rehearsal

clean:
	rm -rf .venv .rehearsal shots .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

# Two stamps, so that who only runs the wall installs no more than that.
.venv/run: pyproject.toml uv.lock | $(UV)
	@echo "Installing what uv.lock names into .venv"
	@$(SYNC) --inexact --no-default-groups --group local
	@touch $@

.venv/dev: pyproject.toml uv.lock | $(UV)
	@echo "Installing what uv.lock names into .venv, with the tools"
	@$(SYNC)
	@touch $@ .venv/run

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed; name it: make run PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -m venv .venv || \
		{ rm -rf .venv; echo "On Debian and Ubuntu: apt-get install python3-venv"; exit 2; }
	@.venv/bin/pip install --quiet --disable-pip-version-check \
		"uv==$$(sed -n '/^name = "uv"$$/{n;s/^version = "\(.*\)"$$/\1/p}' uv.lock)" || \
		{ rm -rf .venv; echo "The packages could not be downloaded; see above."; exit 2; }
