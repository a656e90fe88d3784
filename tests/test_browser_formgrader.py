"""A teacher in formgrader, in a real browser: points for a written answer by clicking and typing, then the feedback."""
import pytest
from browser import open_browser
from formgrader_server import running_formgrader
from test_record import LESSON, STEM, points, store
from tiny_course import result, write_course

from autograde.feedback import page_path, write_feedback
from autograde.record import read_results

QUESTION = "written-2-3-why"


@pytest.fixture
def class_(tmp_path):
    """A graded class of two: (course folder, formgrader's address)."""
    course = write_course(tmp_path)
    store(course, result("Anna Müller", written="Because $\\frac{1}{2}x$ is *linear*."), result("bob", written=""))
    with running_formgrader(course) as address:
        yield course, address


def test_points_for_a_written_answer(class_):
    course, address = class_
    with open_browser("formgrader") as browser:
        page = browser.page
        page.goto(address)
        page.get_by_role("link", name=LESSON).click()
        browser.picture("lesson")
        page.get_by_role("link", name=STEM, exact=True).click()
        page.get_by_role("link", name="Submission #1").wait_for()         # the button knows only the rows that are there
        page.get_by_role("button", name="Show All Names").click()
        browser.picture("submissions")
        page.get_by_role("link", name="Müller, Anna").click()

        answer = page.locator(".nbgrader_cell", has=page.locator("textarea.comment")).last
        answer.locator(".MathJax").first.wait_for()                                  # formulas, without internet
        shown = page.locator("body").inner_text()
        assert "None, None" not in shown and "Mark scheme" in shown and "BEGIN MARK SCHEME" not in shown
        answer.scroll_into_view_if_needed()
        browser.picture("submission")
        score = answer.locator("input.score").first
        with page.expect_response(lambda reply: "/api/grade/" in reply.url and reply.request.method == "PUT" and reply.ok):
            score.fill("3")
            score.press("Tab")
        comment = answer.locator("textarea.comment")
        with page.expect_response(lambda reply: "/api/comment/" in reply.url and reply.request.method == "PUT" and reply.ok):
            comment.fill("Nice. And for $x < 0$?")
            comment.press("Tab")
        answer.scroll_into_view_if_needed()
        browser.picture("graded")
        assert points(course / "work", "Anna Müller")[QUESTION] == (None, 3, False)

        page.goto(address.replace("gradebook", "manage_students"))
        page.get_by_role("link", name="Müller, Anna").wait_for()
        browser.picture("students")
        assert "None" not in page.locator("tbody").inner_text()
        assert browser.elsewhere == [] and browser.complaints == []

        write_feedback(course / "work", read_results(course / "work"), course / "solutions")
        page.goto(page_path(course / "work", "Anna Müller", LESSON).as_uri())
        browser.picture("feedback")
        shown = page.locator("body").inner_text()
        assert "3 of 4" in shown and "Nice. And for $x < 0$?" in shown and "waits for a teacher" not in shown
        assert browser.elsewhere == []
