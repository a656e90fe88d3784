"""Run a pristine test cell in the grader's own process, against functions that stay in the student's process.

A test is correct when it ran to its end, and for no other reason.
"""
import contextlib
import io
import warnings
from functools import cache

from striate import check as checks

from autograde.lesson import free_names
from autograde.remote import Missing, StudentGone

STATUSES = ("correct", "wrong", "crashed", "timed out", "out of memory", "not attempted", "suspicious")


def import_names(lesson):
    """The names that the lesson's import cells bind, such as np and check, with the grader's own modules behind them."""
    names = {}
    for cell in lesson.with_role("imports"):
        exec(compile(cell.source, cell.id, "exec"), names)
    return names


def run_test(test, names, remote, seed):
    """Run one test cell -> (status, message for the student).

    test: a Cell; names: from import_names; remote: the student's process, its deadline set; seed: ints for check.rng.
    """
    checks.use_seed(seed)
    try:
        namespace = dict(names)
        namespace.update((name, remote.look(name)) for name in free_names(test.source) if name not in names)
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(_compiled(test.source, test.id), namespace)
    except Missing as missing:
        return "not attempted", f"`{missing}` is not defined. Was its cell deleted, or does its name differ?"
    except StudentGone as gone:
        return gone.status, str(gone)
    except checks.NotDoneYet as not_done:
        return "not attempted", str(not_done)
    except checks.CheckFailed as failed:
        return "wrong", str(failed)
    except Exception as error:
        return _of_error(error)
    return "correct", ""


@cache
def _compiled(source, name):
    return compile(source, name, "exec")


def _of_error(error):
    described = getattr(error, "from_student", None)
    if described is None:                # the test stumbled over a value of a kind it does not expect
        return "wrong", f"The answer is not of the kind that the test expects ({type(error).__name__}: {error})."
    return of_error(described)


def of_error(described):
    """(status, message) for an error of the student's code. described: a dict, see student.describe_error."""
    error, message, line = (str(described.get(key, ""))[:500] for key in ("class", "message", "line"))
    if error == "NotImplementedError":
        return "not attempted", f"{message or 'This exercise'} is not done yet."
    if described.get("out of memory") is True:
        return "out of memory", "Your code asked for more memory than there is."
    where = f" in the line `{line}`" if line else ""
    return "crashed", f"Your code stopped with {error}: {message}{where}."
