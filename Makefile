# Everything a person types. `make demo` and `make test` set up what they need; nothing has to be done by hand before.

PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3,$(if $(shell $(p) -c 'import sys; print(3)' 2>/dev/null),$(p))))
BIN := .venv/bin
READY := .venv/.ready
SUPPORTED := import sys; (3, 11) <= sys.version_info < (3, 13) or sys.exit("kernelreg needs Python 3.11 or 3.12; " \
	"$(PYTHON) is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.11 ...")

.DEFAULT_GOAL := help
.PHONY: help setup demo serve stack test tools check format bench peers ablation viewer openapi models lock readme clean

help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

setup: $(READY)  ## a virtual environment in .venv with everything in it; again only when pyproject.toml changes

$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "kernelreg needs Python 3.11 or 3.12; none was found. Name one: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	@$(PYTHON) -c '$(SUPPORTED)'
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear .venv || \
		{ rm -rf .venv; echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Setting up .venv; the first time takes some minutes, PyTorch is large."
	$(BIN)/pip install --quiet --disable-pip-version-check -e ".[dev]"
	@touch $(READY)

demo: $(READY)  ## the whole job on a generated pair of scans: register over HTTP, three corrections, pictures; STACK=1 through the distributed set
	@$(BIN)/kernelreg demo $(if $(STACK),--stack)

serve: $(READY)  ## the service on http://127.0.0.1:8000, until Ctrl-C
	@$(BIN)/kernelreg serve

stack: $(READY)  ## the distributed set on this machine: two Redis, workers, front door, every part its own process
	@$(BIN)/kernelreg stack

test: check tools  ## all checks, then all tests
	$(BIN)/python -m pytest

check: $(READY)  ## style, types, imports between the parts, and whether openapi.json is that of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@mkdir -p build && $(BIN)/python -m service.openapi build/openapi.json
	@cmp build/openapi.json openapi/openapi.json || { echo "openapi/openapi.json is not that of the code: run make openapi"; exit 1; }

format: $(READY)  ## put the code into the one format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

tools: $(READY)  ## the programs of others that tests talk to: Orthanc, dcmtk, dicom3tools, Chromium; by apt where that is allowed
	@$(BIN)/python -m tests.tools

bench: $(READY)  ## accuracy and time per stage, on the phantom and on the real pairs where they are
	$(BIN)/python -m benchmarks

peers: $(READY)  ## ours beside other registration tools on one working grid, one process each; CASES="lung_elastix", what is done is not run again
	$(BIN)/python -m benchmarks.peers $(if $(CASES),--cases "$(CASES)")

ablation: $(READY)  ## what each part of the method is worth, on the data at hand; DATA=FOLDER for a set like NLST
	$(BIN)/python -m experiments.ablation $(if $(DATA),--data $(DATA))

viewer:  ## build the page from viewer/ into the package; needs node
	npm --prefix viewer ci --no-audit --no-fund
	npm --prefix viewer run check
	npm --prefix viewer run build

openapi: $(READY)  ## write openapi/openapi.json from the code
	$(BIN)/python -m service.openapi

models: $(READY)  ## write the TorchScript models that a model server reads into model_repository/
	$(BIN)/python -m registration.export

lock: $(READY)  ## pin what the container images install to the versions in .venv
	$(BIN)/python -m deploy.lock

readme: $(READY)  ## run the examples of the README again and show what they print, with new pictures
	$(BIN)/python -m docs.refresh

clean:  ## remove what can be made again; not the environment
	rm -rf build dist demo-output *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
