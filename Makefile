# striate: `make` alone lists what there is to make.
#
# .venv is made on first use, and brought up to date when pyproject.toml or constraints.txt change. To start over,
# delete it. Another Python: make lab PYTHON=python3.12

PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))) python3)
WORK ?= work
# How many processes test at a time: one a core.
JOBS ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
BIN   = .venv/bin
READY = .venv/.ready

# One thread: on a laptop it is faster for nets this small, and results are steadier.
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL = help
.NOTPARALLEL:
.PHONY: help lab grade test check unit nbval mutants site tidy release need-from hooks rerun upgrade

help:
	@echo 'make lab                     open the lessons in JupyterLab'
	@echo '                               ARGS="--no-browser --port 8899" is passed on, DIR=solutions for authors'
	@echo 'make grade FROM=submissions  grade a folder or a zip of notebooks; results in work/, or WORK=folder'
	@echo '                               LESSON=02_convolution for one lesson only, ARGS="--jobs 2" is passed on'
	@echo 'make test                    check everything: code, lessons, release, known wrong answers'
	@echo 'make site                    the course as a web site, in build/site; ARGS="--to folder" for another place'
	@echo 'make tidy release            authors: normal form of solutions/, then notebooks/ from it'
	@echo 'make rerun                   authors: run all lessons again, or LESSON=02_convolution, and say what changed'
	@echo 'make hooks                   authors: checks before each commit, and readable diffs of notebooks'
	@echo 'make upgrade                 authors: newest packages, all lessons again, all tests'

lab: $(READY)
	@echo 'JupyterLab opens in your browser. To end it, press Ctrl-C here twice.'
	@$(BIN)/jupyter-lab --config=lab_config.py $(if $(DIR),--ServerApp.root_dir=$(DIR)) $(ARGS)

grade: need-from $(READY)
	@$(BIN)/python -m autograde grade $(LESSON) --from "$(FROM)" --work "$(WORK)" $(ARGS)

need-from:
	@test -n "$(FROM)" || { echo 'Say what to grade: make grade FROM=folder, or FROM=download.zip' >&2; exit 2; }
	@test -e "$(FROM)" || { echo 'There is no file or folder "$(FROM)". FROM= is the folder or zip to grade.' >&2; exit 2; }

test: check unit nbval mutants
	@echo '== everything passed'

check: $(READY)
	@echo '== tidy: are the lessons in normal form, and do they keep the rules?'
	@$(BIN)/python -m autograde tidy --check
	@echo '== release: is notebooks/ what solutions/ gives?'
	@$(BIN)/python -m autograde release --check

unit: $(READY)
	@echo '== unit tests'
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

# The later lessons take longest, so they start first.
nbval: $(READY)
	@echo '== nbval: does every lesson run, and print what it printed?'
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder --nbval --nbval-cell-timeout=300 \
		$(shell ls -r solutions/*/*.ipynb)

mutants: $(READY)
	@echo '== mutants: does every known wrong answer lose its points, and every right one keep them?'
	@$(BIN)/python -m autograde mutants --jobs $(JOBS) $(LESSON)

site: $(READY)
	@$(BIN)/python -m autograde site $(ARGS)

tidy release: $(READY)
	@$(BIN)/python -m autograde $@ $(ARGS)

rerun: $(READY)
	@$(BIN)/python -m autograde rerun $(LESSON)
	@$(BIN)/python -m autograde release

# For this clone only. The paths are absolute, so that git finds the programs whether .venv is active or not.
hooks: $(READY)
	@$(BIN)/pre-commit install
	@git config diff.jupyternotebook.command '"$(CURDIR)/$(BIN)/git-nbdiffdriver" diff --ignore-details'
	@echo 'git diff now shows notebooks cell by cell; git diff --no-ext-diff shows them as text.'

# New pins must not leave the course half changed: everything that this writes is committed before, or it does not start.
BACK = git checkout constraints.txt solutions notebooks && make lab ARGS=--version
upgrade: $(READY)
	@test -z "$$(git status --porcelain constraints.txt solutions notebooks)" || { \
		echo 'Commit your changes to constraints.txt, solutions/ and notebooks/ first; make upgrade writes there.' >&2; exit 2; }
	@$(BIN)/python -m autograde upgrade
	@$(MAKE) --no-print-directory rerun test || { \
		echo 'Not everything works with the new versions. To go back: $(BACK)' >&2; exit 1; }
	@git --no-pager diff --stat constraints.txt solutions notebooks
	@echo 'Everything works with the new versions. Look at the figures, then commit; or go back: $(BACK)'

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo 'striate needs Python 3.11 or newer. Install one, then: make PYTHON=python3.12 $(MAKECMDGOALS)' >&2; exit 2; }
	@echo 'Installing into .venv: about 5 GB, most of it PyTorch, so the first time this takes some minutes.'
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear .venv || { \
		echo 'Python could not make .venv. On Debian and Ubuntu: apt install python3-venv' >&2; exit 2; }
	@$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@
