"""Tests of the tests: known wrong answers must lose exactly the points they should, other right ones keep them all.

tests/mutants/NN_name.py lists the cases of a lesson. `autograde mutants` sends each through the real checking code:
the pristine solution with one answer replaced, in a student's process, tested through the wall. A test that uses
nothing which the replaced cell defines, not even through other cells, sees the solution itself: it is run once, with
the solution as a case of its own, and not for each of the others.
"""
import ast
import importlib.util
from dataclasses import dataclass, replace
from functools import cache

import torch

from autograde.batch import Workers
from autograde.errors import UserError
from autograde.forkserver import Connection
from autograde.judge import run_tests
from autograde.lesson import COURSE, Cell, bound_names, lesson_names, load_lesson
from autograde.reconcile import defined_names

THE_SOLUTION = "the solution itself"
MUTANTS = COURSE / "tests" / "mutants"
SEED = 2026


@dataclass(frozen=True)
class Case:
    """Another answer to an exercise, and the tests that it must lose.

    cell: id of the answer cell; why: what is special about it, in a few words; edit: (old, new) text to replace in the
    solution, or a list of such pairs; source: or else the whole cell; loses: ids of tests.
    """
    cell: str
    why: str
    edit: tuple | list = ()
    source: str = ""
    loses: tuple | list = ()


class Mutant(Case):
    """A wrong answer: loses exactly the tests it names."""


class Alternative(Case):
    """Another right answer: loses nothing."""


class EmptyAnswer(Case):
    """A wrong answer made here, not in the lesson's file. Only the tests of its own exercise are asked."""


# Answers that compute nothing. Each exercise gets each of them; no test of the exercise may be content.
EMPTY_ANSWERS = {
    "returns None": "None",
    "returns zero": "0",
    "returns an empty list": "[]",
    "returns NaN": "float('nan')",
    "returns its first argument": "(arguments or list(keywords.values()) or [None])[0]",
    "returns text": "'42'",
    "returns an object equal to everything": "type('Equal', (), {'__eq__': lambda self, other: True})()",
    "always raises ValueError": "(_ for _ in ()).throw(ValueError('no'))",
}


def cases_of(lesson):
    """The cases of a lesson: those of its file, and the empty answers for every exercise that defines a function."""
    path = MUTANTS / f"{lesson.name}.py"
    if not path.exists():
        raise UserError(f"{lesson.name} has no file of mutants; write {path.relative_to(COURSE)}.")
    spec = importlib.util.spec_from_file_location(f"mutants_{lesson.name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    answers = {cell.id for cell in lesson.with_role("answer")}
    tests = {cell.id for cell in lesson.with_role("test")}
    for case in module.CASES:
        unknown = ({case.cell} - answers) | (set(case.loses) - tests)
        if unknown:
            raise UserError(f"{path.relative_to(COURSE)}: the lesson has no cell {', '.join(sorted(unknown))}.")
        if isinstance(case, Mutant) and not case.loses:
            raise UserError(f"{path.relative_to(COURSE)}: the mutant {case.why!r} says nothing of the tests it loses.")
    return [_solution(lesson)] + module.CASES + _empty_answers(lesson)


def _solution(lesson):
    """The lesson as it stands; every test must be content with it."""
    return Alternative(lesson.with_role("answer")[0].id, THE_SOLUTION)


def _empty_answers(lesson):
    """Every exercise with each of EMPTY_ANSWERS; they lose the tests of their own exercise."""
    cases = []
    for cell in lesson.with_role("answer"):
        own_tests = [test.id for test in lesson.with_role("test") if test.exercise == cell.exercise]
        for why, value in EMPTY_ANSWERS.items() if cell.id.startswith("exercise-") else ():
            source = "\n".join(f"{name} = lambda *arguments, **keywords: {value}" for name in sorted(defined_names(cell.source)))
            cases.append(EmptyAnswer(cell.id, why, source=source, loses=own_tests))
    return cases


def changed_source(lesson, case):
    """The answer cell's source with the case's edit made."""
    if case.source:
        return case.source
    source = next(cell.source for cell in lesson.cells if cell.id == case.cell)
    for old, new in [case.edit] if case.edit and isinstance(case.edit, tuple) else case.edit:
        if source.count(old) != 1:
            raise UserError(f"{lesson.name}, {case.cell}, {case.why!r}: {old!r} occurs {source.count(old)} times "
                            "in the solution's cell, not once.")
        source = source.replace(old, new)
    return source


def lost_tests(lesson, case, server, timeout=60):
    """Run one case -> {test id: message} of the tests that it loses."""
    cells = [(cell.id, changed_source(lesson, case) if cell.id == case.cell else cell.source)
             for cell in lesson.with_role("imports", "set-up", "answer")]
    results = run_tests(lesson_for(lesson, case), cells, server, timeout, SEED)
    return {result["id"]: result["message"] for result in results if result["points"] < result["max_points"]}


def lesson_for(lesson, case):
    """The lesson with those tests only that use something of the case's cell, directly or through other cells.

    For an empty answer with the tests of its own exercise only: what it does to later ones is not asked.
    """
    if case.why == THE_SOLUTION:
        return lesson
    if isinstance(case, EmptyAnswer):
        return _with_tests(lesson, set(case.loses))
    changed = set(defined_names(changed_source(lesson, case)))
    changed |= next(bound_names(cell.source) for cell in lesson.cells if cell.id == case.cell)
    grown = None
    while grown != changed:
        grown = set(changed)
        for cell in lesson.with_role("set-up", "answer"):
            if _names_in(cell.source) & changed:
                changed |= bound_names(cell.source)
    return _with_tests(lesson, {test.id for test in lesson.with_role("test") if _names_in(test.source) & changed})


def _with_tests(lesson, tests):
    return replace(lesson, cells=tuple(cell for cell in lesson.cells if cell.role != "test" or cell.id in tests))


@cache
def _names_in(source):
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}


def verdict(case, lost):
    """"" if a case loses what it should, else what is wrong, in words."""
    expected, lost = set(case.loses), set(lost)
    missing, extra = expected - lost, lost - expected
    return ", ".join([f"{test} did not notice" for test in sorted(missing)]
                     + [f"{test} was lost too" for test in sorted(extra)])


def run_lesson(name, jobs, workers, exercise=None):
    """Run the cases of a lesson, or of one exercise such as "2.3"; yields (case, {test id: message}, what is wrong or "").

    workers: batch.Workers.
    """
    lesson = load_lesson(name)
    cases = cases_of(lesson)
    chosen = [number for number, case in enumerate(cases) if exercise in (None, _exercise(case))]
    if not chosen:
        raise UserError(f"{name} has no wrong answers for an exercise {exercise}; write it as in its title, for example 2.3.")
    for case in cases:
        changed_source(lesson, case)                    # complain about a bad edit before anything runs
    with workers.pool(jobs, _start_worker, name, workers.server.address) as pool:
        for number, lost in zip(chosen, pool.map(_run_in_worker, chosen)):
            yield cases[number], lost, verdict(cases[number], lost)


def _exercise(case):
    return Cell(case.cell, "answer", "").exercise


def _start_worker(name, address):
    global _lesson, _cases, _server
    torch.set_num_threads(1)
    _lesson = load_lesson(name)
    _cases, _server = cases_of(_lesson), Connection(address)


def _run_in_worker(number):
    return lost_tests(_lesson, _cases[number], _server)


# ---------------------------------------------------------------------------------------------- the command

def configure(parser):
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="lessons to run (default: all)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="worker processes (default: 2)")
    parser.add_argument("--exercise", metavar="N.M", help="only the answers to one exercise, for example 2.3")
    parser.add_argument("--verbose", action="store_true", help="also print the message that each mutant gets")


def run(args):
    counts = {"killed": [0, 0], "kept": [0, 0]}           # as they should, of all
    amiss = []
    with Workers() as workers:
        for name in args.lessons or _lessons_with(args.exercise):
            print(f"\n{name}")
            for case, lost, wrong in run_lesson(name, args.jobs, workers, args.exercise):
                lines = _lines(case, lost, wrong, args.verbose)
                print(*lines, sep="\n", flush=True)
                count = counts["kept" if isinstance(case, Alternative) else "killed"]
                count[0], count[1] = count[0] + (not wrong), count[1] + 1
                amiss += lines if wrong else []
    if amiss:
        print("\nNot as they should be:", *amiss, sep="\n")     # again, because a long log is read from its end
    print("\n" + ", ".join(f"{what} {right}/{all_}" for what, (right, all_) in counts.items()))
    return 1 if amiss else 0


def _lessons_with(exercise):
    """The lesson that has an exercise such as "2.3"; all lessons if none is named."""
    if exercise is None:
        return list(lesson_names())
    names = [name for name in lesson_names() if str(int(name[:2])) == exercise.partition(".")[0]]
    if not names:
        raise UserError(f"No lesson has an exercise {exercise}; write it as in its title, for example 2.3.")
    return names


def _lines(case, lost, wrong, verbose):
    """What is printed of a case; with the message of each test that it lost where that explains something."""
    outcome = wrong.upper() or (f"loses {', '.join(sorted(lost))}" if lost else "keeps all")
    messages = lost.items() if wrong or verbose else ()
    return [f"  {case.cell:<34} {case.why:<52} {outcome}", *(f"      {test}: {message}" for test, message in messages)]
