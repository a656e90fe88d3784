"""What was run in this notebook since its kernel started, and the overview that a lesson's last cell shows of it."""
import os
from pathlib import Path

from striate.outline import defined_names, plain_source, read_notebook, read_outline
from striate.overview import NOT_RUN, Ended, Overview, how_it_ended

NO_FILE = ("The overview is made from the notebook's file, and none was found here. Save this notebook, then run this "
           "cell again.")
SEVERAL_FILES = ("The overview is made from the notebook's file, and this folder has several. Keep the lesson in a folder "
                 "of its own, or run its tests first.")
NO_LESSON = "This notebook has no exercises, so there is nothing to show. Is it the lesson as you got it?"


class Session:
    """How the cells of a running notebook ended, and when each name was defined last.

    shell: IPython's shell of the notebook.
    """

    def __init__(self, shell):
        self.shell = shell
        self.folder = Path.cwd()         # a notebook starts in its own folder; the student's code may leave it
        self._ended, self._defined, self._count = {}, {}, 0
        self._missing = {}               # names that a cell would have defined, had it not stopped: why it stopped

    def note(self, source, error=None, noted=False):
        """A cell was run. error: the exception that ended it, or None; noted: see overview.how_it_ended."""
        self._count += 1
        ended = how_it_ended(type(error).__name__, str(error)) if error is not None else how_it_ended(noted=noted)
        self._ended[plain_source(source)] = self._count, ended
        for name in defined_names(source):
            self._defined[name] = self._count
            self._missing.pop(name, None)
            if error is not None and name not in self.shell.user_ns:
                self._missing[name] = self._why(error)

    def _why(self, error):
        """Why a cell stopped, in words; the cause of the cause, where it stopped for want of a name."""
        undone = isinstance(error, NotImplementedError) and str(error).startswith("Exercise ")
        return f"{str(error).lower()} is not done yet" if undone else self.why_missing(error) or "of the error shown there"

    def why_missing(self, error):
        """Why the name is not there that a NameError complains of, if a cell that should have made it stopped; else None."""
        return self._missing.get(error.name) if isinstance(error, NameError) else None

    def ended(self, test):
        """How an outline.Test ended. One whose answer was run again since then says nothing any more."""
        when, ended = self._ended.get(plain_source(test.source), (0, NOT_RUN))
        if when and any(self._defined.get(name, 0) > when for name in test.uses):
            return Ended("stale")
        return ended

    def show_overview(self):
        """Show the overview of the lesson, or one sentence that says why there is none."""
        found = self._find_outline()
        if isinstance(found, str):
            print(found)
        else:
            overview = Overview(found, self.ended)
            self.shell.display_pub.publish({"text/plain": overview.text(), "text/html": overview.html()})

    def _find_outline(self):
        """The outline of this notebook, or the sentence to show when its file is not found.

        JupyterLab and VS Code say which file it is. Without them it is the one of the working folder; several are fine
        if they are copies of one lesson, or if only one holds the tests that were run.
        """
        named = Path(str(self.shell.user_ns.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME") or ""))
        known = named.suffix == ".ipynb" and named.is_file()
        paths = [named] if known else sorted(self.folder.glob("*.ipynb"))
        if not paths:
            return NO_FILE
        outlines = [outline for outline in map(_read, paths) if outline]
        outlines = [outline for outline in outlines if self._was_run(outline)] or outlines
        if not outlines:
            return NO_LESSON
        return outlines[0] if all(_tests(outline) == _tests(outlines[0]) for outline in outlines) else SEVERAL_FILES

    def _was_run(self, outline):
        return any(self.ended(test) != NOT_RUN for test in _tests(outline))


def _read(path):
    try:
        return read_outline(read_notebook(path))
    except ValueError:
        return []


def _tests(outline):
    return [test for part in outline for test in part.tests]
