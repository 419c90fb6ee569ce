# Every target sets up first; a warm setup takes well under a second. ARGS goes to pytest.
.PHONY: setup demo test test-agents lint bench bench-wall soak screenshots docs
PYTHON = .venv/bin/python

setup:
	@sh scripts/setup.sh

demo: setup
	@.venv/bin/gastown demo

test: setup
	@$(PYTHON) -m pytest -n 2 --dist loadgroup -m "not soak and not agents" -q $(ARGS)

# Every real agent CLI that can be found (PATH, .setup/npm, GASTOWN_TEST_CLIS), with scripted models: their tests, then a table.
test-agents: setup
	@$(PYTHON) -m pytest -q -m "agents or codex or claude" $(ARGS)
	@$(PYTHON) scripts/agents_table.py

lint: setup
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

bench: setup
	@for script in tests/bench/bench_*.py; do echo "$$script"; $(PYTHON) "$$script" || exit 1; done

bench-wall: setup
	@$(PYTHON) tests/bench/bench_wall.py $(ARGS)

soak: setup
	@$(PYTHON) -m pytest -n 2 --dist loadgroup -m soak -q --timeout 3600 $(ARGS)

screenshots: setup
	@$(PYTHON) scripts/screenshots.py

docs: setup
	@$(PYTHON) scripts/docs.py
