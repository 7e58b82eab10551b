# `make book` on a fresh machine gives the book, `make test` checks everything. `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help book serve test test-firefox notebooks lab pdf bench bench-cnn bench-web bench-gradients cookbook attack mutants requirements clean
PY := .venv/bin/python
UV := $(shell command -v uv 2>/dev/null)
INSTALL := $(if $(UV),VIRTUAL_ENV=.venv uv pip install --compile-bytecode,$(PY) -m pip install)
NPM := $(shell command -v npm 2>/dev/null)
export PYTHONUNBUFFERED := 1

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 18

book: .venv/book node_modules/ready  ## build the book from the committed outputs
	@.venv/bin/jupyter-book build . --quiet
	@echo "The book is built: \`make serve\` opens it, with all that moves."

serve: book  ## open the book in the browser, from a server on this machine
	@$(PY) scripts/serve.py

test: .venv/ready node_modules/ready  ## unit tests, pairs, nbval, strict build, browser tests
	@$(PY) scripts/browser.py
	$(PY) -m pytest -n 2 --dist loadfile

test-firefox: .venv/ready node_modules/ready  ## the pages in Firefox, which must be there
	$(PY) -m pytest -q tests/firefox_pages.py

notebooks: .venv/ready  ## execute every chapter from nothing; CHAPTER=03 executes one
	$(PY) scripts/notebooks.py $(CHAPTER)

lab: .venv/ready  ## open the chapters in JupyterLab, where a .md opens as a notebook
	$(INSTALL) --quiet -e '.[lab]'
	$(PY) -m jupyterlab chapters

pdf: .venv/ready node_modules/ready  ## the whole book as one PDF
	@$(PY) scripts/browser.py
	$(PY) scripts/pdf.py

bench: .venv/ready  ## time a training step: NumPy against everything else (BENCH=--help)
	$(PY) -m hwlib.benchmark $(BENCH)

bench-cnn: .venv/ready  ## time a training step of the convolutional network (BENCH=--help)
	$(PY) -m hwlib.benchmark_cnn $(BENCH)

bench-web: .venv/ready node_modules/ready  ## first paint, bytes, time to the first result (BENCH=--help)
	@$(PY) scripts/browser.py
	$(PY) scripts/bench_web.py $(BENCH)

bench-gradients: .venv/ready  ## this engine beside SymPy's diff on the same gradients (BENCH=--help)
	$(PY) -m hwlib.matrix_calculus.benchmark $(BENCH)
	$(PY) -m hwlib.matrix_calculus.curves

cookbook: .venv/ready  ## the Matrix Cookbook's 112 formulas on derivatives, each with its verdict
	$(PY) -m hwlib.matrix_calculus.cookbook

attack: .venv/ready  ## random questions to the engine, checked from outside it (ATTACK=--help)
	PYTHONPATH=tests $(PY) -m attack $(ATTACK)

mutants: .venv/ready  ## small changes to the engine: do the unit tests notice? (MUTANTS=--help)
	$(INSTALL) --quiet -e '.[mutants]'
	$(PY) scripts/mutants.py $(MUTANTS)

COMPILE := uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header
requirements:  ## compile requirements.txt and requirements-book.txt from pyproject.toml
	$(COMPILE) --extra test pyproject.toml --output-file requirements.txt
	$(COMPILE) --extra book --constraint requirements.txt pyproject.toml --output-file requirements-book.txt
	for file in requirements.txt requirements-book.txt; do echo "-e ." >> $$file; done

clean:  ## remove what the build made; .venv and node_modules stay
	rm -rf _build

# uv where it is there, else venv and pip; both compile the bytecode, or TensorFlow starts in 8 s instead of 3.
# The book needs a tenth of what the tests and the chapters need; that comes when they are first called.
.venv/book: requirements-book.txt .venv/bin/python
	$(INSTALL) -r requirements-book.txt
	@touch $@

.venv/ready: requirements.txt .venv/book
	$(INSTALL) -r requirements.txt
	@touch $@

.venv/bin/python:
ifneq ($(UV),)
	uv venv --quiet --python '>=3.11,<3.14' .venv
else
	@for python in python3.13 python3.12 python3.11 python3 python; do \
		$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
			&& exec $$python -m venv .venv; \
	done; echo "CPython 3.11, 3.12 or 3.13 is needed, and none was found"; exit 1
endif

# What the pages load. Without npm the book builds too, and takes MathJax from its CDN.
node_modules/ready: package-lock.json
ifneq ($(NPM),)
	@npm ci --no-audit --no-fund --loglevel=error && touch $@ \
		|| echo "npm could not fetch MathJax: the pages take it from its CDN"
else
	@echo "npm is not here: the pages take MathJax from its CDN"
endif
