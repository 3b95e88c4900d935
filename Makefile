# Needs python3 and make. dev.py makes the virtual environment and installs what is missing.

PYTHON ?= python3
PORT ?= 8000
VENV_PYTHON = .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help run test lint format

help:
	@echo "make run [PORT=8000]   serve the project with demo data; the data is kept"
	@echo "make test [ARGS=...]   run the whole test suite; ARGS are passed on to manage.py test"
	@echo "make lint              check the style of the code and the templates"
	@echo "make format            put the code into the style"

run:
	@$(PYTHON) dev.py run --port $(PORT)

test:
	@$(PYTHON) dev.py test $(ARGS)

# The linters come with the test requirements.
lint:
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m djlint templates signal_inspector/templates --check
	$(VENV_PYTHON) -m djlint templates signal_inspector/templates --lint

format:
	$(VENV_PYTHON) -m ruff check --fix .
	$(VENV_PYTHON) -m ruff format .
