"""The Validate button of `make lab`: it runs the saved notebook in a fresh kernel and shows the overview of its tests.

The button is nbgrader's, and so is the running (its Validator); this server extension answers in place of nbgrader's
own, which shows the code and the traceback of every test that does not hold. lab_config.py switches it on. The notebook
is run by a process of its own, `python -m striate.validate NOTEBOOK`, so that JupyterLab goes on working meanwhile.
"""
import asyncio
import html
import json
import subprocess
import sys
from pathlib import Path

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import to_os_path, url_path_join
from nbclient.exceptions import DeadKernelError
from nbgrader.preprocessors import ClearOutput, Execute
from nbgrader.server_extensions.validate_assignment.handlers import NbGraderVersionHandler
from nbgrader.utils import chdir
from nbgrader.validator import Validator
from tornado import web
from traitlets import List
from traitlets.config import Config

from striate.notebook import NOTED
from striate.outline import read_notebook, read_outline
from striate.overview import NOT_RUN, Ended, Overview, how_it_ended
from striate.session import NO_LESSON

CELL_SECONDS, NOTEBOOK_SECONDS = 120, 1800         # limits for one cell and for a notebook
INTRODUCTION = "Your saved notebook was run from top to bottom in a fresh kernel. This is what came out."
TOO_LONG = f"Your notebook takes more than {NOTEBOOK_SECONDS // 60} minutes to run, so it was stopped. Does a loop never end?"
# nbgrader's dialog puts "The following cell failed:", the cell and the error below each other. Only the last is shown:
# the overview stands there.
STYLE = """<style>
#validation-message > div:not(:last-child) { display: none }
#validation-message pre { border: 0; margin: 0; padding: 0; white-space: normal; font-family: var(--jp-ui-font-family) }
#validation-message p { padding: 0; margin: 0.5em 0 }
#validation-message table { border-collapse: collapse; margin: 0.5em 0 }
#validation-message th, #validation-message td { padding: 0.3em 0.6em; border-bottom: 1px solid var(--jp-border-color2) }
#validation-message th { font-weight: normal }
.jp-Dialog-content:has(#validation-message) { max-width: min(60em, 94vw); max-height: 94vh }
</style>"""


class PythonEnded(Exception):
    """The kernel died while it ran `cell`."""

    def __init__(self, cell):
        self.cell = cell
        begins = next((line for line in cell.source.splitlines() if line.strip()), "")
        super().__init__(f"Python ended in the middle of your notebook, in the cell that begins with “{begins}”. "
                         "It may have needed too much memory. What comes after it was not run.")


class ExecuteUntilTheEnd(Execute):
    def preprocess_cell(self, cell, resources, index):
        try:
            return super().preprocess_cell(cell, resources, index)
        except DeadKernelError:
            raise PythonEnded(cell) from None


class OverviewValidator(Validator):
    """nbgrader's Validator, with an overview for a result. Cells whose metadata a student spoilt are no error here."""

    preprocessors = List([ClearOutput, ExecuteUntilTheEnd])

    def validate(self, filename):
        """Run the notebook `filename` → an Overview. Raises ValueError with a sentence if it is no lesson."""
        notebook = read_notebook(filename)
        outline = read_outline(notebook)
        if not outline:
            raise ValueError(NO_LESSON)
        ended, remark = None, INTRODUCTION
        try:
            with chdir(str(Path(filename).resolve().parent)):
                self._preprocess(notebook)
        except PythonEnded as reason:
            ended, remark = reason.cell, str(reason)
        results = {cell.source: _how_it_ended(cell) for cell in notebook.cells if cell.cell_type == "code"}
        if ended:
            results[ended.source] = Ended("failed", "Python ended here.")
        return Overview(outline, lambda test: results[test.source], remark)


def _how_it_ended(cell):
    """How a code cell ended, told from its outputs."""
    for output in cell.outputs:
        if output.output_type == "error":
            return how_it_ended(output.ename, output.evalue)
    if cell.execution_count is None:
        return NOT_RUN
    return how_it_ended(noted=any(NOTED in output.get("text", "") for output in cell.outputs))


def overview_of(notebook):
    """Run a notebook's file in a process of its own → the HTML of its overview, or of one sentence."""
    try:
        done = subprocess.run([sys.executable, "-m", "striate.validate", str(notebook)], capture_output=True,
                              text=True, encoding="utf-8", timeout=NOTEBOOK_SECONDS, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return f"<p>{TOO_LONG}</p>"
    if done.returncode == 0:
        return done.stdout
    reason = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
    return f"<p>Your notebook could not be run: {html.escape(reason)}</p>"


# ---------------------------------------------------------------------------------------------- the server extension

class ValidateHandler(JupyterHandler):
    """POST /assignments/validate?path=… gets the overview in the form that nbgrader's dialog shows."""

    @web.authenticated
    async def post(self):
        root = Path(self.settings["server_root_dir"]).expanduser().resolve()
        notebook = Path(to_os_path(self.get_argument("path", strip=False), str(root))).resolve()
        if not notebook.is_relative_to(root) or not notebook.is_file():
            raise web.HTTPError(404, "There is no such notebook.")
        page = STYLE + await asyncio.to_thread(overview_of, notebook)
        self.finish(json.dumps({"success": True, "value": {"failed": [{"source": "", "error": page, "raw_error": ""}]}}))


def _jupyter_server_extension_points():
    return [{"module": "striate.validate"}]


def _load_jupyter_server_extension(server):
    base = server.web_app.settings["base_url"]
    server.web_app.add_handlers(".*$", [(url_path_join(base, "/assignments/validate"), ValidateHandler),
                                        (url_path_join(base, "/nbgrader_version"), NbGraderVersionHandler)])


def run(filename):
    """Run the notebook → its Overview. Raises ValueError with a sentence if it is no lesson."""
    settings = Config(Execute={"timeout": CELL_SECONDS, "interrupt_on_timeout": True})
    return OverviewValidator(config=settings).validate(filename)


if __name__ == "__main__":
    try:
        print(run(sys.argv[1]).html())
    except ValueError as problem:
        sys.exit(str(problem))
