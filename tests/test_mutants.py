"""The kill table runs exactly the tests that a changed cell can reach."""
import argparse
import contextlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from autograde import mutants
from autograde.errors import UserError
from autograde.lesson import Cell, Lesson, lesson_names, load_lesson
from autograde.mutants import Alternative, EmptyAnswer, Mutant, _solution, cases_of, lesson_for

LESSON = Lesson("02_tiny", Path("tiny.ipynb"), (
    Cell("imports", "imports", "import numpy as np"),
    Cell("exercise-2-1-double", "answer", "def double(x):\n    return 2 * x"),
    Cell("setup", "set-up", "helper = [double]"),
    Cell("test-2-1-double", "test", "assert double(2) == 4", 1),
    Cell("exercise-2-2-four", "answer", "def four_times(x):\n    return helper[0](double(x))"),
    Cell("test-2-2-four", "test", "assert four_times(2) == 8", 1),
    Cell("exercise-2-3-square", "answer", "def square(x):\n    double = x * x\n    return double"),
    Cell("test-2-3-square", "test", "assert square(3) == 9", 1),
    Cell("exercise-2-4-own", "answer", "def triple(x):\n    return 3 * x"),
    Cell("test-2-4-own", "test", "assert triple(1) == 3 and square(1) == 1", 1),
))


@pytest.mark.parametrize("case, tests", [
    (Mutant("exercise-2-1-double", "", ("2", "3")), ["test-2-1-double", "test-2-2-four", "test-2-3-square", "test-2-4-own"]),
    (Mutant("exercise-2-2-four", "", source="four_times = None"), ["test-2-2-four"]),
    (Mutant("exercise-2-2-four", "", source="four_times = square = None"),
     ["test-2-2-four", "test-2-3-square", "test-2-4-own"]),
    (Alternative("exercise-2-3-square", "", ("x * x", "x ** 2")), ["test-2-3-square", "test-2-4-own"]),
    (EmptyAnswer("exercise-2-1-double", "", source="double = lambda *a: None", loses=["test-2-1-double"]), ["test-2-1-double"]),
    (_solution(LESSON), [cell.id for cell in LESSON.with_role("test")]),
])
def test_only_tests_that_the_changed_cell_can_reach(case, tests):
    assert [cell.id for cell in lesson_for(LESSON, case).with_role("test")] == tests


@pytest.mark.parametrize("name", lesson_names())
def test_a_case_reaches_the_tests_of_its_exercise_and_those_it_loses(name):
    lesson = load_lesson(name)
    for case in cases_of(lesson):
        reached = {cell.id for cell in lesson_for(lesson, case).with_role("test")}
        own = {cell.id for cell in lesson.with_role("test") if cell.exercise == Cell(case.cell, "", "").exercise}
        assert own | set(case.loses) <= reached, case


def test_the_table_ends_with_what_is_not_as_it_should_be(monkeypatch, capsys):
    cases = [(Mutant("exercise-2-1-double", "thrice", ("2", "3")), {"test-2-1-double": "it is three times"}, ""),
             (Mutant("exercise-2-2-four", "a survivor", ("2", "3")), {}, "test-2-2-four did not notice"),
             (Alternative("exercise-2-2-four", "by shifting"), {}, "")]
    monkeypatch.setattr(mutants, "Workers", contextlib.nullcontext)
    monkeypatch.setattr(mutants, "run_lesson", lambda name, jobs, workers, exercise: iter(cases))
    assert mutants.run(argparse.Namespace(lessons=["02_tiny"], jobs=1, exercise=None, verbose=False)) == 1
    *table, again, _, count = capsys.readouterr().out.splitlines()
    assert "Not as they should be:" in table and again in table and "DID NOT NOTICE" in again
    assert count == "killed 1/2, kept 1/1"

    monkeypatch.setattr(mutants, "run_lesson", lambda name, jobs, workers, exercise: iter([cases[0], cases[2]]))
    assert mutants.run(argparse.Namespace(lessons=["02_tiny"], jobs=1, exercise=None, verbose=False)) == 0
    assert capsys.readouterr().out.endswith("killed 1/1, kept 1/1\n")


def test_one_exercise_only(monkeypatch):
    cases = [Alternative("exercise-2-1-double", "a"), Mutant("exercise-2-2-four", "b", loses=["test-2-2-four"]),
             Mutant("exercise-2-2-four", "c", loses=["test-2-2-four"])]
    monkeypatch.setattr(mutants, "load_lesson", lambda name: LESSON)
    monkeypatch.setattr(mutants, "cases_of", lambda lesson: cases)
    workers = SimpleNamespace(server=SimpleNamespace(address=""), pool=lambda *arguments: contextlib.nullcontext(SimpleNamespace(map=map)))
    monkeypatch.setattr(mutants, "_run_in_worker", lambda number: {"test-2-2-four": str(number)})
    assert [(case.why, lost) for case, lost, _ in mutants.run_lesson("02_tiny", 1, workers, "2.2")] == [
        ("b", {"test-2-2-four": "1"}), ("c", {"test-2-2-four": "2"})]
    with pytest.raises(UserError, match="no wrong answers for an exercise 2.9"):
        list(mutants.run_lesson("02_tiny", 1, workers, "2.9"))


def test_the_number_of_an_exercise_tells_its_lesson():
    assert mutants._lessons_with("7.1") == ["07_training"] and mutants._lessons_with(None) == list(lesson_names())
    with pytest.raises(UserError, match="No lesson has an exercise 77; write it as in its title, for example 2.3."):
        mutants._lessons_with("77")
