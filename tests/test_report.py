"""The class report: its figures against other computations, similar pairs, tables and the page itself."""
import csv
import io
import re
import statistics

import numpy as np
import pytest
from test_feedback import words
from test_record import ATTACKS, store
from tiny_course import result, write_course

from autograde import report
from autograde.__main__ import main
from autograde.item_analysis import commonest_messages, exercise_figures, summary
from autograde.lesson import load_lesson
from autograde.mutants import Alternative, cases_of, changed_source
from autograde.similar import COMMON_AT_LEAST, fingerprints, similar_pairs

LESSON = load_lesson("02_convolution")


def class_of(count, seed=0):
    """Made-up results of lesson 02: abilities differ, exercises differ in difficulty, 2.8 is a matter of luck."""
    rng = np.random.default_rng(seed)
    cases = cases_of(LESSON)
    tests = LESSON.with_role("test")
    exercises = list(dict.fromkeys(test.exercise for test in tests))
    hard = dict(zip(exercises, np.linspace(-2, 2, len(exercises))))
    results = []
    for number in range(count):
        ability, answers, rows = rng.normal(0, 1.5), {}, []
        for cell in LESSON.with_role("answer"):
            other = [case for case in cases if case.cell == cell.id and isinstance(case, Alternative)]
            answers[cell.id] = changed_source(LESSON, rng.choice(other)) if other else cell.source
        for test in tests:
            luck = 0 if test.exercise == "2.8" else ability
            right = rng.random() < 1 / (1 + np.exp(hard[test.exercise] - luck))
            rows.append({"id": test.id, "exercise": test.exercise, "points": int(test.points * right), "max_points": test.points,
                         "status": "correct" if right else "wrong",
                         "message": "" if right else f"{test.id}: expected shape (3, {rng.integers(9)}), got `None`."})
        results.append({"student": f"student {number:03}", "lesson": LESSON.name, "status": "wrong", "tests": rows,
                        "score": sum(row["points"] for row in rows), "max_score": LESSON.max_score, "flags": [],
                        "answers": answers, "verdicts": {},
                        "provenance": {"submission": "0" * 64, "seconds": float(rng.lognormal()), "submitted": None}})
    return results


def test_figures_of_the_exercises():
    results = class_of(200)
    figures = {row["exercise"]: row for row in exercise_figures(results)}
    assert list(figures) == list(dict.fromkeys(test.exercise for test in LESSON.with_role("test")))
    for exercise, row in figures.items():
        mine = [sum(test["points"] for test in one["tests"] if test["exercise"] == exercise) for one in results]
        rest = [one["score"] - own for one, own in zip(results, mine)]
        assert row["mean_points"] == pytest.approx(statistics.fmean(mine))
        assert row["difficulty"] * row["max_points"] == pytest.approx(row["mean_points"]) and row["attempted"] == 1
        assert row["discrimination"] == pytest.approx(statistics.correlation(mine, rest))
        assert (row["discrimination"] > 0.3) == (exercise != "2.8")
        assert sum(row["statuses"].values()) == 200 * sum(test.exercise == exercise for test in LESSON.with_role("test"))
    shares = [row["difficulty"] for row in figures.values()]
    assert shares[0] > 0.7 and shares[-1] < 0.4


def test_nothing_is_said_where_nothing_can_be_said():
    assert {row["discrimination"] for row in exercise_figures(class_of(4))} == {None}
    alike = [class_of(1)[0] | {"student": str(number)} for number in range(9)]
    assert {row["discrimination"] for row in exercise_figures(alike)} == {None}
    assert summary(class_of(1))["spread"] == 0


def test_summary():
    results = class_of(50)
    scores = [one["score"] for one in results]
    found = summary(results)
    assert (found["n"], found["median"], found["max_score"]) == (50, statistics.median(scores), LESSON.max_score)
    assert found["mean"] == pytest.approx(statistics.fmean(scores)) and found["spread"] == pytest.approx(statistics.stdev(scores))


def test_messages_that_differ_in_numbers_only_are_one():
    rows = commonest_messages(class_of(60))
    assert len(rows) == 12 and [row["count"] for row in rows] == sorted((row["count"] for row in rows), reverse=True)
    assert all(re.fullmatch(rf"{row['test']}: expected shape \(3, \d\), got `None`\.", row["message"]) for row in rows)
    assert len({row["test"] for row in rows}) == 12


# ---------------------------------------------------------------------------------------------- similar pairs

OWN = '''def im2col(image, kernel_size):
    """Anything."""
    found = []
    for top in range(image.shape[0] - kernel_size[0] + 1):
        for left in range(image.shape[1] - kernel_size[1] + 1):
            patch = image[top:top + kernel_size[0], left:left + kernel_size[1]]
            found.append([value * 1.0 for line in patch.tolist() for value in line])
    if not found:
        raise ValueError("no window fits, sorry about that")
    return np.array(found)[:, ::1]'''


def answers_of(count):
    return {one["student"]: one["answers"] for one in class_of(count)}


def released():
    return {cell.id: cell.released for cell in LESSON.with_role("answer")}


def test_a_copy_with_other_names_is_found_and_the_class_is_not():
    answers = answers_of(40)
    cell = "exercise-2-4-im2col"
    answers["student 003"] |= {cell: OWN}
    answers["student 017"] |= {cell: re.sub(r"\b(found|top|left|patch|value|line)\b", r"my_\1", OWN).replace("Anything", "Other")}
    first, *others = similar_pairs(answers, released())
    assert first["students"] == ("student 003", "student 017") and first["cells"] == [cell] and first["share"] == 1
    assert first["same_text"] == [] and not others


def test_a_copy_letter_by_letter_is_said_to_be_one():
    answers = answers_of(40)
    for student in ("student 003", "student 017"):
        answers[student] |= {"exercise-2-4-im2col": OWN}
    assert similar_pairs(answers, released())[0]["same_text"] == ["exercise-2-4-im2col"]


def test_what_everybody_has_is_nobodys_own():
    same = {str(student): {cell.id: cell.source for cell in LESSON.with_role("answer")} for student in range(COMMON_AT_LEAST)}
    assert similar_pairs(same, released()) == []
    blank = {str(student): released() for student in range(2)}
    assert similar_pairs(blank, released()) == []


@pytest.mark.parametrize("source", ["", "def f(:", "x = 'unended", "\0", "(" * 500, "x = 1", "\\", "if x:\n  y\n z"])
def test_text_that_is_no_python_has_no_fingerprints(source):
    assert fingerprints(source) == set()


# ---------------------------------------------------------------------------------------------- the page and the tables

def test_the_page_tells_of_a_class(tmp_path):
    results = class_of(60)
    for student in (3, 17):
        results[student]["answers"]["exercise-2-4-im2col"] = OWN
    results[5]["flags"] = ["exercise-2-3-correlate2d-loops names the library function torch.conv2d"]
    report.write_report(tmp_path, results)
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    text = words(html)
    assert f"60 submissions; median {statistics.median(one['score'] for one in results):.1f}" in text
    assert html.count("<img src=\"data:image/svg+xml;base64,") == 4 and "<script" not in html and "http" not in html.replace("http-equiv", "")
    assert "student 005 : exercise-2-3-correlate2d-loops names the library function torch.conv2d" in text
    assert "student 003 and student 017: 100 % of what is their own in common, 1 cell, 1 letter by letter" in text
    assert html.count("no window fits, sorry about that") == 2 and "HIDDEN TESTS" not in html
    again = tmp_path / "again"
    report.write_report(again, results)
    assert (again / "index.html").read_bytes() == (tmp_path / "index.html").read_bytes()
    table = list(csv.DictReader(io.StringIO((tmp_path / "02_convolution.csv").read_text(encoding="utf-8"))))
    assert [row["student"] for row in table] == [one["student"] for one in results]
    for row, one in zip(table, results):
        assert float(row["score"]) == one["score"] == sum(float(row[test["id"]]) for test in one["tests"])


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_of_a_students_lives_in_the_page(tmp_path, attack):
    results = class_of(6)
    results[0] |= {"student": f"x{attack}"[:60], "flags": [attack]}
    results[0]["tests"][0] |= {"message": attack, "status": "wrong", "points": 0}
    results[0]["answers"]["exercise-2-4-im2col"] = results[1]["answers"]["exercise-2-4-im2col"] = OWN + f"\n# {attack}"
    report.write_report(tmp_path, results)
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<(script|iframe|object|svg|link|a |form|meta http-equiv=.refresh)", html, re.I) or attack not in html
    assert attack not in html or not re.search(r"[<>\"]", attack)


def test_the_command(tmp_path, capsys, monkeypatch):
    course = write_course(tmp_path)
    monkeypatch.setattr("autograde.report.lesson_names", lambda: {result("anna")["lesson"]: "x"})
    monkeypatch.setattr("autograde.report.write_report", lambda folder, results, absent: folder.mkdir())
    assert main(["report", "--work", str(course / "work")]) == 2
    assert "There are no results" in capsys.readouterr().err
    store(course, result("anna"), result("ben"))
    assert main(["report", "--work", str(course / "work"), "--exporter", "no.such.Thing"]) == 2
    assert "There is no export plugin no.such.Thing" in capsys.readouterr().err
    assert main(["report", "--work", str(course / "work"), "--exporter", "csv.DictReader"]) == 2
    assert main(["report", "--work", str(course / "work")]) == 0
    rows = list(csv.DictReader((course / "work/report/grades.csv").open()))
    assert [(row["student_id"], float(row["score"])) for row in rows] == [("anna", 2.0), ("ben", 2.0)]
