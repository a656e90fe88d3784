"""nbgrader's formgrader on a graded work folder: it starts, shows the answers, takes points, and feedback shows them."""
import http.cookiejar
import json
import re
import socket
import subprocess
import urllib.error
import urllib.request

import pytest
from formgrader_server import command, running_formgrader
from test_record import LESSON, STEM, points, store
from tiny_course import result, write_course

from autograde.feedback import page_path, write_feedback
from autograde.results import read_results


class Browser:
    """A browser with cookies and no proxy."""

    def __init__(self):
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                                  urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, url):
        with self.opener.open(url, timeout=60) as answer:
            return answer.read().decode()

    def put(self, url, value):
        token = next(cookie.value for cookie in self.cookies if cookie.name == "_xsrf")
        request = urllib.request.Request(url, json.dumps(value).encode(), method="PUT",
                                         headers={"X-XSRFToken": token, "Content-Type": "application/json"})
        with self.opener.open(request, timeout=60) as answer:
            return json.load(answer)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A running formgrader → (course folder, its address); its settings say where the tiny course is."""
    course = write_course(tmp_path_factory.mktemp("course"))
    store(course, result("Anna Müller", written="<script>alert(1)</script> Because it is linear."),
          result("bob", written=""))
    with running_formgrader(course) as address:
        yield course, address
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port_of(address)), timeout=5):
        pass                                              # the server ended with the command


def port_of(address):
    return int(re.search(r":(\d+)/", address)[1])


def test_points_given_in_formgrader_reach_the_feedback(server):
    course, address = server
    base, browser = address.split("/login")[0], Browser()
    assert "Manual Grading" in browser.get(address)
    assert LESSON in [one["name"] for one in json.loads(browser.get(f"{base}/formgrader/api/assignments"))]
    submissions = json.loads(browser.get(f"{base}/formgrader/api/submitted_notebooks/{LESSON}/{STEM}"))
    assert {(one["first_name"], one["last_name"]) for one in submissions} == {("Anna", "Müller"), ("", "bob")}
    anna = next(one for one in submissions if one["student"] == "Anna Müller")
    assert anna["needs_manual_grade"] and not any(one["needs_manual_grade"] for one in submissions if one != anna)

    shown = browser.get(f"{base}/formgrader/submissions/{anna['id']}/")
    assert "Because it is linear" in shown and "SECRET-SCHEME" in shown and "expected -42" in shown
    assert "<script>alert" not in shown and "None, None" not in shown

    grades = json.loads(browser.get(f"{base}/formgrader/api/grades?submission_id={anna['id']}"))
    comments = json.loads(browser.get(f"{base}/formgrader/api/comments?submission_id={anna['id']}"))
    for one, kind, value in ((grades, "grade", {"manual_score": 3}), (comments, "comment", {"manual_comment": "Nice."})):
        cell = next(cell for cell in one if cell["name"] == "written-2-3-why")
        browser.put(f"{base}/formgrader/api/{kind}/{cell['id']}", value)
    assert points(course / "work", "Anna Müller")["written-2-3-why"] == (None, 3, False)
    write_feedback(course / "work", read_results(course / "work"), course / "solutions")
    page = page_path(course / "work", "Anna Müller", LESSON).read_text(encoding="utf-8")
    assert "3 of 4" in page and "Nice." in page and "waits for a teacher" not in page

    with pytest.raises(urllib.error.HTTPError) as refused:
        Browser().get(f"{base}/api/contents")              # nothing without the token
    assert refused.value.code == 403


def test_only_this_computer_can_reach_it(server):
    _, address = server
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for host in others - {"127.0.0.1"}:
        if not host.startswith("127."):
            with pytest.raises(OSError), socket.create_connection((host, port_of(address)), timeout=5):
                pass


def refused(*arguments):
    done = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and done.stderr.count("\n") == 1, done
    return done.stderr


def test_wrong_usage_gets_one_sentence(tmp_path):
    assert "first run: python -m autograde grade" in refused("--work", tmp_path)
    course = write_course(tmp_path)
    store(course, result("anna"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "in use" in refused("--work", course / "work", "--port", taken.getsockname()[1])
    assert "see " in refused("--work", course / "work", "--", "--ServerApp.token_typo=1", "--Nonsense")
    assert (course / "work" / "nbgrader_config.py").is_file()
