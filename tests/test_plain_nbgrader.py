"""Honest work gets the same points from plain `nbgrader autograde` in this repository as from the grader.

nbgrader runs a whole notebook, tests and all, in one kernel and trusts what it finds there; the grader runs the tests
elsewhere and trusts nothing. For honest notebooks the two must agree, test by test.
"""
import pytest
from class_run import grade
from honest_class import KINDS, PlainCourse, filled_in, hand_in
from nbgrader.api import Gradebook

from autograde.lesson import lesson_names, load_lesson

LESSONS = list(lesson_names())


def students_of(name):
    """Who hands in a lesson: all four the first two, after that the full solution and one of the others in turn."""
    number, others = LESSONS.index(name), KINDS[1:]
    return KINDS if number < 2 else ("full", others[number % len(others)])


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """All lessons of all students, graded by us in one run."""
    folder = tmp_path_factory.mktemp("ours")
    for name in LESSONS:
        lesson = load_lesson(name)
        for student in students_of(name):
            hand_in(filled_in(lesson, student), lesson, student, folder / "submitted")
    run = grade(folder / "submitted", folder / "work", "--jobs", "2")
    assert run.code == 0, run.complained
    return run


@pytest.mark.long
@pytest.mark.parametrize("name", LESSONS)
def test_the_same_points_as_plain_nbgrader(name, ours, tmp_path):
    course, students = PlainCourse(tmp_path / "course", name), students_of(name)
    lesson = course.lesson
    for student in students:
        hand_in(filled_in(lesson, student), lesson, student, course.submitted)
    course.run("generate_assignment", name, "--force")
    course.run("autograde", name)

    scores = {}
    for student in students:
        mine = {test["id"]: test["points"] for test in ours.results[student, name]["tests"]}
        plain = course.points(student)
        assert mine == {test: plain[test] for test in mine}, student
        scores[student] = ours.results[student, name]["score"]
        written = {cell.id for cell in lesson.with_role("written")}
        with Gradebook(f"sqlite:///{ours.work / 'gradebook.db'}", "striate") as gradebook:
            grades = gradebook.find_submission_notebook(lesson.path.stem, name, student).grades
            assert {grade.name: grade.auto_score for grade in grades if grade.name in written} == {
                cell: plain[cell] for cell in written}, student
    assert scores["full"] == lesson.max_score and scores.get("blank", 0) == 0
    assert all(0 < scores[student] < lesson.max_score for student in scores if student in ("half", "wrong"))
