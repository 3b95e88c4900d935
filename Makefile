# Needs python3 and make. dev.py makes the virtual environment and installs what is missing.

PYTHON ?= python3
PORT ?= 8000

.DEFAULT_GOAL := help
.PHONY: help run test lint format

help:
	@echo "make run [PORT=8000]   serve the project with demo data; the data is kept"
	@echo "make test [ARGS=...]   run the whole test suite; ARGS are passed on to manage.py test"
	@echo "make lint              check the style of the code and the templates"
	@echo "make format            put the code into the style"
	@echo "Each makes .venv and installs what it needs first, where that is missing."

run:
	@$(PYTHON) dev.py run --port $(PORT)

test:
	@$(PYTHON) dev.py test $(ARGS)

lint:
	@$(PYTHON) dev.py lint

format:
	@$(PYTHON) dev.py format
