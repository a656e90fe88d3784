"""What every lesson promises: its form, the points in its text, enough wrong and right answers, and tests that are fair."""
import collections
import functools
import itertools
import re
import time

import pytest
from lesson_reader import Reader

from autograde import mutants
from autograde.lesson import lesson_names
from striate import check

LESSONS = list(lesson_names())
HEAD = re.compile(r"### (Exercise|Predict) (\d+\.\d+): [^\n]+?(?:\n\n[^\n]*?·|\(| ·)[^\n]*?\b(\d+) points?\b", re.S)
ENOUGH_SEEDS, ENOUGH_SECONDS, FEWEST_SEEDS = 20, 30, 3       # tests that train a network cost seconds each

reader = functools.cache(Reader)


@pytest.mark.parametrize("name", LESSONS)
def test_the_opening_says_lesson_title_and_points(name):
    lesson, texts = reader(name).lesson, list(reader(name).texts.values())
    opening = "\n".join(itertools.takewhile(lambda text: "### Exercise" not in text, texts))
    written = sum(cell.points for cell in lesson.with_role("written"))
    total = lesson.max_score + written
    assert re.match(rf"# Lesson {name[:2]}\. \S", opening)
    assert re.search(rf"\b{total}(:| points\b)", opening) and 3 <= written <= 5 and 18 <= total <= 25
    assert 2 <= len({test.exercise for test in lesson.with_role("test") if test.exercise.endswith("p")}) <= 5


@pytest.mark.parametrize("name", LESSONS)
def test_points_are_those_promised(name):
    lesson = reader(name).lesson
    promised = {}
    for text in reader(name).texts.values():
        for kind, number, points in HEAD.findall(text):
            promised[number + ("p" if kind == "Predict" else "")] = int(points)
    given = collections.Counter()
    for test in lesson.with_role("test"):
        given[test.exercise] += test.points
    assert promised == dict(given)
    opening = next(text for text in reader(name).texts.values() if "| section |" in text)
    by_section = [int(points) for points in re.findall(r"^\|.*\| *(\d+) *\|$", opening, re.M)]
    assert sum(by_section) == lesson.max_score + sum(cell.points for cell in lesson.with_role("written"))


@pytest.mark.parametrize("name", LESSONS)
def test_enough_wrong_and_other_right_answers(name):
    lesson = reader(name).lesson
    cases = [case for case in mutants.cases_of(lesson)
             if not isinstance(case, mutants.EmptyAnswer) and case.why != mutants.THE_SOLUTION]
    for cell in lesson.with_role("answer"):
        if cell.id.startswith("exercise-"):
            mine = [isinstance(case, mutants.Alternative) for case in cases if case.cell == cell.id]
            assert sum(mine) >= 2 and len(mine) - sum(mine) >= 10, cell.id


@pytest.mark.parametrize("name", LESSONS)
def test_random_checks_never_fail_the_solution(name):
    tests = [compile(test.source, test.id, "exec") for test in reader(name).lesson.with_role("test")]
    start = time.monotonic()
    try:
        for seed in range(ENOUGH_SEEDS):
            if seed >= FEWEST_SEEDS and time.monotonic() - start > ENOUGH_SECONDS:
                break
            check.use_seed(seed)
            for test in tests:
                exec(test, reader(name).names())
    finally:
        check.use_seed(None)                 # fresh numbers again for whatever runs next
