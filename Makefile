# The project's verbs. `make evals` and `make test` work on a fresh clone: they make .venv first.
PYTHON ?= python3
# Tests run in so many processes; some of them load a model of 0.6 GB.
JOBS ?= 2
BIN := .venv/bin

.PHONY: evals test lint type bench clean

evals: .venv/installed
	$(BIN)/pytest evalsuites/

# A waiting thread that spins slows every other process on the machine down.
test: export OMP_WAIT_POLICY = PASSIVE
test: .venv/installed
	$(BIN)/pytest tests -n $(JOBS) --dist worksteal --cov --cov-report term-missing:skip-covered

lint: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check

type: .venv/installed
	$(BIN)/mypy

# make bench BENCH="--model DIR --adapter DIR --data DIR --lm-eval PYTHON"; see docs/benchmarks.md.
bench: .venv/installed
	$(BIN)/python -m benchmarks $(BENCH)

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1' --constraint constraints.txt
	$(BIN)/pip install --quiet --constraint constraints.txt --group dev --editable '.[transformers,rouge,xdist,lm-eval,translation,meteor,bertscore,card,mlflow]'
	touch $@

clean:
	rm -rf .venv .ftevals .pytest_cache .mypy_cache .ruff_cache .coverage
