"""Results on disk, grades.csv, and nbgrader's gradebook with the notebooks that formgrader shows."""
import csv
import json
import os
import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.server_extensions.formgrader import handlers
from tiny_course import ANSWER, LESSON, STEM, SOLUTION, TESTS, notebook, result, write_course
from traitlets.config import Config

from autograde import gradebook, marked, record, results
from autograde.errors import UserError
from autograde.gradebook_place import open_gradebook


@pytest.fixture
def course(tmp_path):
    return write_course(tmp_path)


@pytest.fixture
def work(course):
    return course / "work"


def store(course, *given):
    for one in given:
        results.write_result(course / "work", one)
    gradebook.update_gradebook(course / "work", course, results.read_results(course / "work"))


def points(work, student):
    """{cell: (automatic, manual, waits for a person)} as nbgrader's own API reads them."""
    with Gradebook(f"sqlite:///{work / 'gradebook.db'}", "striate") as gradebook:
        grades = gradebook.find_submission_notebook(STEM, LESSON, student).grades
        return {grade.name: (grade.auto_score, grade.manual_score, grade.needs_manual_grade) for grade in grades}


def give_points(work, student, cell, score, comment=None):
    """As formgrader does it (nbgrader/server_extensions/formgrader/apihandlers.py)."""
    with open_gradebook(work) as gradebook:
        grade = gradebook.find_grade(cell, STEM, LESSON, student)
        grade.manual_score, grade.needs_manual_grade = score, False
        if comment:
            gradebook.find_comment(cell, STEM, LESSON, student).manual_comment = comment
        gradebook.db.commit()


# results

def test_a_result_is_read_back_as_it_was_written(work):
    one = result("李 明", flags=["moved: x"], code="print('λ\x00 \ud800')")
    results.write_result(work, one)
    assert results.read_results(work) == [one]
    assert (work / "results" / "李 明" / f"{LESSON}.json").is_file()
    assert [path.name for path in (work / "results" / "李 明").iterdir()] == [f"{LESSON}.json"]


def damage(change):
    def apply(path):
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))
    return apply


@pytest.mark.parametrize("spoil", [
    lambda path: path.write_text(path.read_text()[:-40]), lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(b"\xff\xfe"), lambda path: path.write_text("[]"),
    lambda path: path.write_text("[" * 100_000), lambda path: os.truncate(path, 10),
    damage(lambda one: one.pop("tests")), damage(lambda one: one.update(score=6)),
    damage(lambda one: one.update(score=True)), damage(lambda one: one.update(status="splendid")),
    damage(lambda one: one.update(student="bob")), damage(lambda one: one["tests"][0].update(points=99)),
    damage(lambda one: one["tests"][0].update(points=float("nan"))), damage(lambda one: one["tests"].append({})),
    damage(lambda one: one["provenance"].clear()), damage(lambda one: one.update(flags=[1])),
    damage(lambda one: one["answers"].update(x=None))])
def test_a_damaged_result_counts_as_absent(spoil, work):
    for student in ("anna", "carl"):
        results.write_result(work, result(student))
    spoil(work / "results" / "anna" / f"{LESSON}.json")
    assert [one["student"] for one in results.read_results(work)] == ["carl"]


def test_an_interrupted_write_leaves_the_old_result(work, monkeypatch):
    results.write_result(work, result("anna"))

    def fail(*_):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr("autograde.files.os.replace", fail)
    with pytest.raises(UserError, match="No space left on device. What was written before is not lost"):
        results.write_result(work, result("anna", statuses=("correct",) * 3))
    assert results.read_results(work) == [result("anna")]
    assert len(list((work / "results" / "anna").iterdir())) == 1


@pytest.mark.parametrize("student", ["", "..", "a/b", ".hidden", "a\0b"])
def test_a_name_that_is_no_file_name_is_refused(student, work):
    with pytest.raises(ValueError):
        results.write_result(work, result(student))


def test_grades_csv(work):
    record.write_grades_csv(work, [result("zoë", flags=["one", "two, three"]), result("=cmd|' /C calc'!A0"),
                                   result("ann\na", flags=["@SUM(A1)"])])
    with open(work / "grades.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["student", "lesson", "score", "max_score", "status", "flags"]
    assert rows[-1] == {"student": "zoë", "lesson": LESSON, "score": "2", "max_score": "6", "status": "wrong",
                        "flags": "one; two, three"}
    assert not any(value.startswith(("=", "@", "+", "-")) or "\n" in value for row in rows for value in row.values())


# gradebook

def test_a_class_in_brief_gives_the_same_gradebook(course, work, monkeypatch):
    class_ = [result("anna"), result("bob", statuses=("correct",) * 3, written=""), result("carl", flags=["moved: x"])]
    store(course, *class_)
    before = [(points(work, one["student"]), marked.marked_path(work, one["student"], LESSON, STEM).read_text())
              for one in class_]
    (work / "gradebook.db").unlink()
    monkeypatch.setattr(gradebook, "AT_ONCE", 2)
    briefs = [results.brief(one) for one in class_]
    assert not any(one.keys() & {"answers", "verdicts"} or one["tests"] for one in briefs)
    gradebook.update_gradebook(work, course, briefs)
    assert before == [(points(work, one["student"]), marked.marked_path(work, one["student"], LESSON, STEM).read_text())
                      for one in class_]
    assert [results.complete(work, one) for one in briefs] == class_


def test_a_result_that_goes_while_it_is_in_use_gets_a_sentence(course, work):
    store(course, result("anna"))
    results.result_path(work, "anna", LESSON).write_text("{}")
    with pytest.raises(UserError, match="damaged or removed while it was in use; run the same command again"):
        results.complete(work, results.brief(result("anna")))


def test_points_reach_nbgraders_gradebook(course, work):
    store(course, result("anna"), result("bob", statuses=("correct",) * 3, written=""))
    assert points(work, "anna") == {"test-2-1-one": (2, None, False), "test-2-1-signs": (0, None, False),
                                    "test-2-2p-four": (0, None, False), "written-2-3-why": (None, None, True)}
    assert points(work, "bob")["written-2-3-why"] == (0, None, False)
    with open_gradebook(work) as gradebook:
        submission = gradebook.find_submission(LESSON, "bob")
        assert (submission.score, submission.max_score, submission.needs_manual_grade) == (6, 10, False)
        assert gradebook.find_comment("written-2-3-why", STEM, LESSON, "bob").comment == "No response."
        assert gradebook.find_comment("written-2-3-why", STEM, LESSON, "anna").comment is None
        source = gradebook.find_source_cell("test-2-1-signs", STEM, LESSON).source
        assert "HIDDEN" in source and "SOLUTION" not in gradebook.find_source_cell(
            "exercise-2-1-double", STEM, LESSON).source


@pytest.mark.parametrize("written", ["", "  \n", "YOUR ANSWER HERE", "YOUR ANSWER HERE\n"])
def test_no_written_answer_gets_no_points_and_waits_for_nobody(written, course, work):
    store(course, result("anna", written=written) | {"verdicts": {"written-2-3-why": "answered"}})
    assert points(work, "anna")["written-2-3-why"] == (0, None, False)


def test_a_suspicious_test_waits_for_a_person(course, work):
    store(course, result("anna", statuses=("correct", "suspicious", "wrong")))
    assert points(work, "anna")["test-2-1-signs"] == (0, None, True)


def test_an_unreadable_submission_is_in_the_gradebook_too(course, work):
    one = result("anna", statuses=("unreadable",) * 3, messages=("Hand in tiny.ipynb.",) * 3)
    store(course, one | {"answers": {}, "verdicts": {}, "status": "unreadable"})
    assert points(work, "anna")["written-2-3-why"] == (0, None, False)
    shown = json.loads(marked.marked_path(work, "anna", LESSON, STEM).read_text())
    assert "Hand in tiny" in shown["cells"][0]["source"]


def test_doing_it_twice_changes_nothing(course, work):
    store(course, result("anna"), result("bob"))
    give_points(work, "anna", "written-2-3-why", 3, "Good.")
    files = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in (work / "autograded").rglob("*.ipynb")}
    before = points(work, "anna"), points(work, "bob")
    store(course)
    assert (points(work, "anna"), points(work, "bob")) == before
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns)
            for path in (work / "autograded").rglob("*.ipynb")} == files


def test_points_of_a_person_survive_and_ask_again_only_if_the_answer_changed(course, work):
    store(course, result("anna"), result("bob"))
    for student in ("anna", "bob"):
        give_points(work, student, "written-2-3-why", 3, "Good.")
    give_points(work, "bob", "test-2-1-signs", 1)
    store(course, result("anna", written="Another reason."), result("bob", statuses=("wrong", "wrong", "wrong")))
    assert points(work, "anna")["written-2-3-why"] == (None, 3, True)
    assert points(work, "bob")["written-2-3-why"] == (None, 3, False)
    assert points(work, "bob")["test-2-1-signs"] == (0, 1, False)
    store(course, result("bob", statuses=("wrong", "correct", "wrong")))
    assert points(work, "bob")["test-2-1-signs"] == (3, 1, True)
    store(course)
    assert points(work, "anna")["written-2-3-why"] == (None, 3, True)         # it still waits
    with open_gradebook(work) as gradebook:
        assert gradebook.find_comment("written-2-3-why", STEM, LESSON, "anna").comment == "Good."


def test_a_changed_lesson_is_brought_up_to_date_under_its_submissions(course, work):
    store(course, result("anna"))
    give_points(work, "anna", "written-2-3-why", 3)
    path = course / "solutions" / LESSON / f"{STEM}.ipynb"
    lesson = json.loads(path.read_text())
    cells = [cell for cell in lesson["cells"] if cell["id"] != "test-2-1-one"]
    new = json.loads(json.dumps(next(cell for cell in cells if cell["id"] == "test-2-1-signs")).replace(
        "test-2-1-signs", "test-2-1-more"))
    cells[4]["metadata"]["nbgrader"]["points"] = 5
    path.write_text(json.dumps(lesson | {"cells": [*cells, new]}))
    store(course)
    found = points(work, "anna")
    assert found["test-2-1-more"] == (0, None, False) and "test-2-1-one" not in found
    assert found["written-2-3-why"] == (None, 3, False)
    with open_gradebook(work) as gradebook:
        assert gradebook.find_assignment(LESSON).max_score == 13


def test_names_for_formgrader(course, work):
    store(course, result("Anna von Müller"), result("bob"))
    with open_gradebook(work) as gradebook:
        anna, bob = gradebook.find_student("Anna von Müller"), gradebook.find_student("bob")
        assert (anna.first_name, anna.last_name) == ("Anna von", "Müller")
        assert (bob.first_name, bob.last_name) == ("", "bob")
        bob.first_name, bob.last_name = "Bob", "Brown"
        gradebook.db.commit()
    store(course)
    with open_gradebook(work) as gradebook:
        assert gradebook.find_student("bob").last_name == "Brown"


def test_nbgraders_own_api_finds_the_submissions(course, work):
    store(course, result("anna"), result("Bob B"))
    config = Config()
    config.CourseDirectory.root, config.CourseDirectory.course_id = str(work), "striate"
    config.CourseDirectory.db_url = f"sqlite:///{work / 'gradebook.db'}"
    config.CourseDirectory.source_directory = str(course / "solutions")
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    found = {one["student"]: one for one in api.get_submissions(LESSON)}
    assert found["anna"]["autograded"] and found["anna"]["max_score"] == 10
    assert len(api.get_notebook_submissions(LESSON, STEM)) == 2


def test_three_hundred_submissions_are_recorded(course, work):
    store(course, *[result(f"student{number}") for number in range(300)])
    assert len(list((work / "autograded").iterdir())) == 300


# the notebook that formgrader shows

@cache
def exporter():
    config = Config()
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    return HTMLExporter(config=config)


def shown(one):
    """formgrader's page of a result, made as its handler makes it."""
    resources = dict.fromkeys(("assignment_id", "notebook_id", "submission_id", "base_url", "student", "last_name",
                               "first_name", "notebook_path"), "x") | {"index": 0, "total": 1}
    teachers = nbformat.reads(json.dumps(marked.marked_notebook(notebook(), one)), as_version=4)
    return exporter().from_notebook_node(teachers, resources=resources)[0]


def test_the_teachers_notebook_holds_answers_messages_hidden_tests_and_the_mark_scheme(course, work):
    store(course, result("anna", code="def double(x):\n    return x - x   # MINE"))
    cells = {cell["id"]: cell for cell in json.loads(marked.marked_path(work, "anna", LESSON, STEM).read_text())["cells"]}
    assert "MINE" in cells["exercise-2-1-double"]["source"]
    assert cells["written-2-3-why"]["source"] == "Because of $x^2$."
    assert "SECRET-SCHEME" in cells["question-2-3-why"]["source"]
    assert "double(-21)" in cells["test-2-1-signs"]["source"]
    assert cells["test-2-1-one"]["outputs"][0]["text"] == "correct: 2 of 2 points\n"
    assert cells["test-2-1-signs"]["outputs"][0]["traceback"] == ["wrong: double: expected -42, got 42."]
    text = json.dumps(cells)
    assert "SECRET-MODEL-ANSWER" not in text and "AUTHORS-OUTPUT" not in text and "return x + x" not in text
    page = shown(result("anna", code="MINE"))
    assert "expected -42, got 42" in page and "MINE" in page and "SECRET-SCHEME" in page


ATTACKS = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</div></div><iframe src=//evil>",
           "[click](javascript:alert(1))", "![](http://evil/pixel.png)", "[a]: javascript:alert(1)\n[a]",
           "<javascript:alert(1)>", "$\\href{javascript:alert(1)}{x}$", "```\n</pre><script>alert(1)</script>\n```",
           "`</code><svg onload=alert(1)>`", "<!-- --><style>*{display:none}</style>", "<\nscript>alert(1)</script>",
           "[x](<javascript:alert(1)>)", "<a\thref=javascript:alert(1)>", "]]><math href=javascript:alert(1)>",
           "<scr\0ipt>alert(1)</script>", "<scr\u202eipt>alert(1)</script>"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_of_a_student_is_live_in_formgrader(attack):
    """The page has no more tags that run or load something than that of a harmless answer."""
    attacked = result("anna", written=attack, code=attack, flags=[attack], messages=(attack, attack, attack))
    assert live_parts(shown(attacked)) == live_parts(shown(result("anna", written="", code="", flags=["x"])))
    macros = re.findall(r"\\(?:href|require)\b", " ".join(
        cell["source"] for cell in marked.marked_notebook(notebook(), attacked)["cells"] if cell["cell_type"] == "markdown"))
    assert not macros


def test_the_look_for_live_parts_can_fail():
    bare = live_parts(shown(result("anna")))
    original, marked.LIVE_MARKDOWN = marked.LIVE_MARKDOWN, re.compile("(?!)")
    try:
        for attack in ATTACKS[:3] + ATTACKS[4:5]:
            assert live_parts(shown(result("anna", written=attack))) != bare, attack
    finally:
        marked.LIVE_MARKDOWN = original


def live_parts(page):
    """How often each tag that can run or load something comes, and the addresses and handlers, as a browser sees them."""
    found = Counter()

    class Parser(HTMLParser):
        def handle_starttag(self, tag, attributes):
            if tag in ("script", "img", "iframe", "svg", "style", "math", "object", "embed", "form", "base", "meta"):
                found[tag] += 1
            for name, value in attributes:
                if name == "href" and re.match("https?:", value or ""):
                    continue                     # a plain address, which does nothing unless a person follows it
                if name in ("href", "src", "action", "style", "formaction") or name.startswith("on"):
                    found[name, value if not (value or "").startswith("#") else "#"] += not value or value[0] != "#"
    Parser().feed(page)
    return +found


def test_what_is_harmless_stays_readable():
    text = "**Bold**, $a < b$ and $x_{1}$, a list:\n- one\n- `y[0] < 2`\n\n```\nif a<b: pass\n```\nC'est naïve\u00a0! م\u200cن"
    assert marked.harmless_markdown(text).replace(marked.BREAK, "") == text
    assert len(marked.plain("x" * 1_000_000)) < 110_000


def test_the_tiny_lesson_is_a_lesson(course):
    from autograde.lesson import load_lesson
    lesson = load_lesson(LESSON, course / "solutions")
    assert [cell.id for cell in lesson.with_role("test")] == list(TESTS) and lesson.max_score == 6
    assert SOLUTION in [cell["source"] for cell in notebook()["cells"]] and "YOUR CODE" not in ANSWER
