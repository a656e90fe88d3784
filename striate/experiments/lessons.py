"""The names that a lesson's own solution defines, so that an experiment trains exactly the lesson's networks."""
from autograde.errors import UserError
from autograde.lesson import load_lesson


class NotHere(Exception):
    """The solutions are not in this checkout."""


def names_of(lesson):
    """Run the imports, set-up and answer cells of a lesson, no demos and no tests -> dict of everything they define.

    lesson: "06_signals". Raises NotHere if there is no solutions/06_signals, as in a student's copy of the course.
    """
    try:
        cells = load_lesson(lesson).with_role("imports", "set-up", "answer")
    except UserError:
        raise NotHere(f"This experiment trains the networks of solutions/{lesson}, which is not here. "
                      "Its results are in data/results.") from None
    names = {"__name__": f"lesson_{lesson}"}
    for cell in cells:
        exec(compile(cell.source, f"{lesson}:{cell.id}", "exec"), names)
    return names
