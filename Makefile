# Two commands: `make demo` and `make test`. The others are parts of them.

PYTHON ?= python3
ADDRESS ?= 127.0.0.1:8000
PY := .venv/bin/python
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# Where there is no apt-get, what it would install is asked for with a sentence.
APT := $(if $(shell command -v apt-get 2>/dev/null),$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get,false)
APP := .venv/.app-installed
DEMO_TOOLS := .venv/.demo-installed
TOOLS := .venv/.tools-installed
UV := 0.13.9
KEY := .cache/demo-secret-key
# The demo's settings: production's own, but plain HTTP, because it is for this machine only, and its printed passwords
# are enough for everybody.
DEMO = DJANGO_SETTINGS_MODULE=tests.demo.settings DEBUG=0 HTTPS=0 TWO_FACTOR_ROLES= SECRET_KEY="$$(cat $(KEY))" ATTACHMENT_KEYS="$$(cat $(KEY))" DATABASE_URL="sqlite:///$(CURDIR)/demo.sqlite3"
RANDOM_KEY = $$($(PY) -c 'import secrets; print(secrets.token_urlsafe(64))')
PRODUCTION := DEBUG=0 HTTPS=1 SECRET_KEY="$(RANDOM_KEY)" ATTACHMENT_KEYS="$(RANDOM_KEY)" \
	DATABASE_URL=sqlite://:memory:

.PHONY: demo test lint docs bench stress faults failover load run screenshots chromium pango lock clean

# Every step may be repeated: what is there already is left alone.
demo: $(DEMO_TOOLS) $(KEY) pango
	@$(DEMO) $(PY) manage.py migrate --verbosity 0
	@$(DEMO) $(PY) manage.py load_catalogue
	@$(DEMO) $(PY) manage.py load_screening_questions
	@$(DEMO) $(PY) manage.py seed_demo
	@$(DEMO) $(PY) manage.py collectstatic --noinput --verbosity 0
	@echo
	@echo "Filiform listens on http://$(ADDRESS). Stop it with Ctrl-C; delete demo.sqlite3 to begin afresh."
	@$(DEMO) BIND=$(ADDRESS) .venv/bin/gunicorn -c python:clinic.platform.server clinic.wsgi

test: lint chromium pango
	$(PY) -m pytest -n 2 --dist worksteal
	$(PY) -m tests.on_postgres -m pytest -n 2 --dist worksteal -m both_engines

lint: $(TOOLS)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/oxfmt --check static/js static/css
	.venv/bin/oxlint --deny-warnings static/js
	find templates -name '*.html' -exec .venv/bin/djade --check {} +
	.venv/bin/djangofmt --check templates
	$(PRODUCTION) $(PY) manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING

docs: $(TOOLS)
	@command -v dot >/dev/null \
		|| { $(APT) update -qq && $(APT) install -y -qq --no-install-recommends graphviz >/dev/null; } \
		|| { echo "The drawing needs Graphviz; install it, for example with: apt-get install graphviz" >&2; exit 1; }
	$(PY) docs/draw_architecture.py
	$(PY) -m docs.write_sources

bench: $(TOOLS)
	$(PY) -m tests.bench
	$(PY) -m tests.bench.outcomes

stress: $(TOOLS)
	$(PY) -m tests.stress
	$(PY) -m tests.on_postgres -m tests.stress

# pgbouncer is left out where it is not installed, and the full disk where one may not mount.
faults: $(TOOLS)
	$(PY) -m tests.faults
	$(PY) -m tests.on_postgres -m tests.faults

# Needs Debian's etcd-server, patroni, haproxy and postgresql.
failover: $(TOOLS)
	$(PY) -m tests.failover

# A clinic's morning, for ten minutes on each engine.
# Also measures on PostgreSQL if SQLite was too slow.
load: $(TOOLS) .venv/load/bin/locust
	failed=0; $(PY) -m tests.load || failed=1; $(PY) -m tests.on_postgres -m tests.load || failed=1; exit $$failed

# In an environment of its own, because it brings a plugin that pytest would load.
.venv/load/bin/locust: tests/load/requirements.txt $(APP)
	$(PY) -m venv .venv/load
	.venv/load/bin/python -m pip install --quiet --disable-pip-version-check -r tests/load/requirements.txt
	@touch $@

run: $(APP)
	DEBUG=1 $(PY) manage.py migrate --verbosity 0
	DEBUG=1 $(PY) manage.py runserver $(ADDRESS)

screenshots: $(TOOLS) chromium
	$(PY) -m tests.screenshots

# After every change of requirements.txt. Needs the package index, for the hashes of all platforms.
lock: $(PY)
	$(PY) -m pip install --quiet --disable-pip-version-check --target .cache/uv uv==$(UV)
	{ echo '# Every package that the image installs, with the hashes of its files. "make lock" writes this from requirements.txt.'; \
		.cache/uv/bin/uv pip compile requirements.txt --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate; } > .cache/requirements.lock
	mv .cache/requirements.lock deploy/requirements.lock

clean:
	rm -rf .venv .cache staticfiles demo.sqlite3 demo.sqlite3-*

chromium:
	@command -v chromium-headless-shell >/dev/null \
		|| { $(APT) update -qq && $(APT) install -y -qq --no-install-recommends chromium-headless-shell fonts-dejavu-core >/dev/null; } \
		|| command -v chromium >/dev/null \
		|| { echo "The browser tests need Debian's chromium-headless-shell, or chromium; install one with apt-get" >&2; exit 1; }

# Latin, Greek, Cyrillic, Arabic, Hindi and more; Chinese, Japanese and Korean; emoji.
FONTS = fonts-dejavu-core fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji

# What PDFs need. Without it the app runs; a consent is then printed from its page.
pango: $(APP)
	@$(PY) -c "import weasyprint" 2>/dev/null \
		|| { $(APT) update -qq && $(APT) install -y -qq --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core >/dev/null; } \
		|| echo "PDFs need Pango; install it with: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" >&2
	@dpkg -s $(FONTS) >/dev/null 2>&1 || $(APT) install -y -qq --no-install-recommends $(FONTS) >/dev/null 2>&1 \
		|| echo "PDFs with every script need fonts; install them with: apt-get install $(FONTS)" >&2

$(KEY): | $(APP)
	@mkdir -p $(@D)
	@umask 077 && $(PY) -c "import secrets; print(secrets.token_urlsafe(64))" > $@

$(PY):
	@$(PYTHON) -m venv .venv 2>/dev/null \
		|| { $(APT) update -qq && $(APT) install -y -qq python3-venv >/dev/null && $(PYTHON) -m venv --clear .venv; } \
		|| { echo "Python's venv module is missing; install it with: apt-get install python3-venv" >&2; exit 1; }

$(APP): requirements.txt | $(PY)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEMO_TOOLS): tests/demo/requirements.txt $(APP)
	$(PY) -m pip install --quiet --disable-pip-version-check -r tests/demo/requirements.txt
	@touch $@

$(TOOLS): tests/requirements.txt $(DEMO_TOOLS)
	$(PY) -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@
