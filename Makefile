# make demo    train a VAE on the embedded digits; figures and metrics in runs/demo
# make lab     JupyterLab on your own copy of the notebooks
# make test    the whole test suite
# make help    the rest

PYTHON ?= python3
LANGUAGE ?= en
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

.PHONY: demo lab test bench notebooks lint data colab clean help

demo: $(INSTALLED)
	$(BIN)/vae-keras train --output runs/demo --overwrite --language $(LANGUAGE)

lab: $(INSTALLED)  # what is in mes_notebooks stays as it is
	$(BIN)/vae-course handout mes_notebooks
	$(BIN)/jupyter lab --ip=localhost --notebook-dir=mes_notebooks

# One process more than cores, as some tests wait; more than four would fill the memory. A file or a
# notebook is one process's; tests/conftest.py says which come first.
test: $(INSTALLED)
	$(BIN)/python -m pytest --dist loadfile --no-loadscope-reorder \
	    --numprocesses "$$($(BIN)/python -c 'import os; print(min(4, 1 + (os.cpu_count() or 1)))')"

bench: $(INSTALLED)
	$(BIN)/python tests/benchmarks/training_speed.py
	$(BIN)/python tests/benchmarks/evaluation_speed.py
	$(BIN)/python tests/benchmarks/cost_of_checks.py

notebooks: $(INSTALLED)  # executes them in place, as they are committed
	$(BIN)/python tools/execute_notebooks.py

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

data: $(INSTALLED)  # makes the embedded samples again
	$(BIN)/python data/make_mnist_mini.py
	$(BIN)/python data/make_fashion_mini.py
	$(BIN)/python data/make_pneumonia_mnist.py
	$(BIN)/python data/make_moses_mini.py
	$(BIN)/python data/make_chorales.py

colab: $(INSTALLED)  # make colab REPO=owner/name: writes the repository's address everywhere
	$(BIN)/python tools/set_repository.py $(REPO)

clean:
	rm -rf $(VENV) runs build dist .pytest_cache .ruff_cache

help:
	@echo "make demo       train a VAE on the embedded digits; results in runs/demo (LANGUAGE=fr too)"
	@echo "make lab        open your own copy of the notebooks, mes_notebooks, in JupyterLab"
	@echo "make test       run the whole test suite"
	@echo "make bench      measure the speed of training and of evaluation, and what checks of the data cost"
	@echo "make notebooks  execute the notebooks in place"
	@echo "make lint       check the style of code and notebooks"
	@echo "make data       make the embedded samples again"
	@echo "make colab REPO=owner/name    write the repository's address everywhere"
	@echo "make clean      remove what the others made"

# Runs again only when what is to be installed has changed.
$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info < (3, 14) or sys.exit( \
	    "vae-keras needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is " + sys.version.split()[0] + \
	    ". Name one of these: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --constraint constraints.txt --editable ".[notebooks,test]"
	touch $(INSTALLED)
