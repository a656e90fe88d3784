"""How checks look in a notebook: one line when they hold, one line when they do not, instead of pages of traceback."""
import sys
import textwrap

from striate.overview import HIDDEN_TESTS, WIDTH
from striate.session import Session

NOTED = "Noted. Whether it is right is checked when your notebook is graded."
PASSED = f"Passed. {HIDDEN_TESTS}"


def wrapped(text, indent=0):
    """A text in lines that fit a notebook; the first one leaves room for `indent` characters."""
    return textwrap.fill(" " * indent + text, WIDTH, break_long_words=False).lstrip()


def install(held, check_failed):
    """Teach the notebook that is running to show checks in one line, and note how its cells end.

    held: the set in which striate.check notes the checks that held; check_failed: the class CheckFailed.
    Returns the notebook's Session, or None outside a notebook.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or not hasattr(shell, "_showtraceback"):
        return None
    session = Session(shell)

    def show_error(shell, error_type, error, traceback, tb_offset=None):
        if issubclass(error_type, check_failed):
            lines = [f"\x1b[31mNot yet:\x1b[0m {wrapped(str(error), indent=9)}"]
        elif str(error).startswith("Exercise "):
            lines = [f"\x1b[1m{error} is not done yet.\x1b[0m",
                     "Put your code in place of `raise NotImplementedError`, run that cell, then this one."]
        elif why := session.why_missing(error):
            lines = [f"\x1b[1mThere is no {error.name} yet:\x1b[0m "
                     + wrapped(f"the cell above that makes it stopped, because {why}.", indent=len(error.name) + 19)]
        else:
            lines = shell.InteractiveTB.structured_traceback(error_type, error, traceback, tb_offset=tb_offset)
        shell._showtraceback(error_type, error, lines)
        return lines

    def after_cell(result):
        noted = held == {"is_number"}
        if held and result.success:
            print(NOTED if noted else PASSED)
        held.clear()
        session.note(result.info.raw_cell, result.error_before_exec or result.error_in_exec, noted)

    shell.set_custom_exc((check_failed, NotImplementedError, NameError), show_error)
    shell.events.register("post_run_cell", after_cell)
    return session
