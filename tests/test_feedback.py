"""Feedback pages: what they say, and that nothing in them lives or leaks."""
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from test_record import ATTACKS, LESSON, STEM, give_points, store
from tiny_course import result, write_course

from autograde.feedback import page_path, render, write_feedback
from autograde.feedback_page import lesson_page
from autograde.gradebook_place import open_gradebook
from autograde.lesson import load_lesson
from autograde.results import read_results


@pytest.fixture
def course(tmp_path):
    return write_course(tmp_path)


def page(course, *results, student="anna"):
    """The text of a student's page after `results` were recorded."""
    store(course, *results)
    write_feedback(course / "work", read_results(course / "work"), course / "solutions")
    return page_path(course / "work", student, LESSON).read_text(encoding="utf-8")


def words(html):
    """The text a reader sees."""
    body = html[html.index("<body>"):]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body))
    for name, character in (("lt", "<"), ("gt", ">"), ("quot", '"'), ("#34", '"'), ("#39", "'"), ("amp", "&")):
        text = text.replace(f"&{name};", character)
    return text


def test_a_page_says_points_messages_code_and_what_waits(course):
    text = words(page(course, result("anna")))
    assert "A tiny lesson anna" in text and "2 of 10 points" in text
    assert "✗ Exercise 2.1: double 2 of 5" in text and "✓ one correct 2 of 2" in text
    assert "✗ signs not yet right 0 of 3 double: expected -42, got 42." in text
    assert "return 2 * x" in text and "Because of $x^2$." in text
    assert "Written question 2.3 waits for a teacher: up to 4 more points." in text


def test_all_right(course):
    html = page(course, result("anna", statuses=("correct",) * 3, messages=("",) * 3, written="") | {"status": "correct"})
    assert "6 of 10 points" in words(html) and "Well done" in words(html)
    assert "You gave no answer here." in words(html) and "waits for a teacher" not in words(html)
    assert 'class="exercise wrong"' not in html


def test_nothing_done(course):
    statuses = ("not attempted",) * 3
    one = result("anna", statuses=statuses, messages=("Exercise 2.1 is not done yet.",) * 3, written="YOUR ANSWER HERE")
    html = page(course, one | {"status": "not attempted",
                               "verdicts": dict.fromkeys(one["verdicts"], "as released")})
    assert "0 of 10 points" in words(html) and "Your code" not in html and "YOUR ANSWER" not in html
    assert html.count("Exercise 2.1 is not done yet.") == 2          # once for each exercise, not for each test


def test_an_unreadable_notebook(course):
    one = result("anna", statuses=("unreadable",) * 3, messages=("It is a PDF; hand in tiny.ipynb.",) * 3)
    html = page(course, one | {"status": "unreadable", "answers": {}, "verdicts": {}})
    assert html.count("It is a PDF; hand in tiny.ipynb.") == 1


def test_points_and_comments_of_a_person(course):
    work = course / "work"
    page(course, result("anna"))
    give_points(work, "anna", "written-2-3-why", 3.5, "Good, but <why>?\nSee page 4.")
    give_points(work, "anna", "test-2-1-signs", 1, None)
    with open_gradebook(work) as gradebook:
        gradebook.find_grade("written-2-3-why", STEM, LESSON, "anna").extra_credit = 0.25
        gradebook.find_comment("exercise-2-1-double", STEM, LESSON, "anna").manual_comment = "Think of signs."
        gradebook.find_submission_notebook(STEM, LESSON, "anna").late_submission_penalty = 0.5
        gradebook.db.commit()
    text = words(page(course))
    assert "6.25 of 10 points" in text                               # 2 + 1 + 3.75 - 0.5
    assert "0.5 points were taken off because it came late" in text
    assert "Written question 2.3: why 3.75 of 4" in text and "Good, but <why>? See page 4." in text
    assert "signs decided by your teacher 1 of 3" in text and "Think of signs." in text
    assert "waits for a teacher" not in text
    text = words(page(course, result("anna", written="Now another reason.")))
    assert "waits for a teacher" in text                             # the answer changed after it was graded


def test_nothing_hidden_is_told(course):
    html = page(course, result("anna"), result("bob", statuses=("correct",) * 3, messages=("",) * 3))
    html += page_path(course / "work", "bob", LESSON).read_text()
    for secret in ("double(-21)", "SECRET-SCHEME", "SECRET-MODEL-ANSWER", "HIDDEN TESTS", "return x + x", "AUTHORS-OUTPUT",
                   "assert"):
        assert secret not in html


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes = [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes


@pytest.mark.parametrize("attack", [*ATTACKS, "`<script>`", "{{ 7 * 7 }}", "</style><script>", "]]>", "</blockquote><h1>"])
def test_nothing_on_a_page_is_live(attack, course):
    one = result("anna", written=f"a {attack}", code=attack, messages=(attack, f"b {attack}", attack), flags=[attack])
    comments = {"comments": {"written-2-3-why": attack}}
    attacked = Tags()
    attacked.feed(render(lesson_page(one, load_lesson(LESSON, course / "solutions"), comments)))
    allowed = {"html", "head", "meta", "title", "style", "body", "main", "header", "p", "span", "h1", "h2", "section",
               "strong", "svg", "rect", "nav", "ol", "ul", "li", "a", "details", "summary", "div", "pre", "code", "b",
               "blockquote"}
    assert set(attacked.tags) <= allowed
    assert [attacked.tags.count(tag) for tag in ("svg", "style", "h1", "blockquote")] == [1, 1, 1, 1]
    assert not any(name.startswith("on") or name in ("style", "src", "srcset", "action") for name, _ in attacked.attributes)
    assert {value for name, value in attacked.attributes if name == "href"} <= {
        "#exercise-2-1-double", "#predict-2-2-four", "#written-2-3-why", "index.html"}


def test_the_policy_allows_the_pages_own_style_and_nothing_else(course):
    import base64
    import hashlib
    html = page(course, result("anna"))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1].replace("&#39;", "'")
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    assert f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
    assert html.index("Content-Security-Policy") < html.index("<style>")


def test_an_index_for_each_student(course):
    page(course, result("Zoë & Co"), result("bob"), student="bob")
    index = page_path(course / "work", "Zoë & Co", "index").read_text()
    assert f'href="{LESSON}.html"' in index and "Zoë &amp; Co" in index and "bob" not in index


def command(*arguments):
    return subprocess.run([sys.executable, "-m", "autograde", "feedback", *map(str, arguments)], capture_output=True,
                          text=True, timeout=120)


def test_without_results_the_command_says_what_to_do(tmp_path):
    done = command("--work", tmp_path / "nothing")
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "autograde grade" in done.stderr
