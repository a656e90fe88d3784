"""The grade command around the grading itself: rosters and deadlines that come later, and the page about intake."""
import contextlib
import csv
import re

import pytest
from test_feedback import words
from test_intake import lay_out
from test_record import ATTACKS
from test_roster import CANVAS

from autograde import grade
from autograde.__main__ import main
from autograde.classroom import classroom
from autograde.deadlines import set_due
from autograde.gradebook_place import open_gradebook
from autograde.intake_page import intake_page, write_intake_page
from autograde.lesson import COURSE, load_lesson
from autograde.results import blank_result, read_results
from autograde.times import read_time

LESSON = "02_convolution"
RELEASED = (COURSE / "notebooks" / LESSON / "convolution.ipynb").read_bytes()


@pytest.fixture
def graded(monkeypatch):
    """The students that were graded, in order; grading itself gives what a blank notebook gets."""
    done = []

    def fake(submissions, args, workers):
        for submission in submissions:
            done.append(submission.student)
            lesson = load_lesson(submission.lesson)
            result = blank_result(submission, lesson, args.seed, args.timeout)
            status = "unreadable" if submission.problem else "not attempted"
            result["status"] = status
            result["tests"] = [{"id": test.id, "exercise": test.exercise, "points": 0, "max_points": test.points,
                                "status": status, "message": submission.problem or ""} for test in lesson.with_role("test")]
            yield result
    monkeypatch.setattr(grade, "_graded", fake)
    monkeypatch.setattr(grade, "check_walls", lambda unsafe: None)
    monkeypatch.setattr(grade, "_workers", lambda to_do, args: contextlib.nullcontext())
    return done


@pytest.fixture
def download(tmp_path):
    """As Canvas packs it: one late, two attempts, a PDF, a stranger, a number of somebody else, and a list of grades."""
    return lay_out(tmp_path / "download", {
        "müllerzoë_LATE_2001_1_convolution.ipynb": RELEASED, "chenwei_2003_2_convolution.ipynb": RELEASED,
        "chenwei_2003_3_convolution-1.ipynb": RELEASED, "vanderbergjan_2004_4_homework.pdf": b"%PDF",
        "strangerdanger_7777_5_convolution.ipynb": RELEASED, "李明_2006_6_convolution.ipynb": RELEASED, "grades.csv": b"a,b"})


def run(download, tmp_path, *options):
    return main(["grade", "--from", str(download), "--work", str(tmp_path / "work"), *map(str, options)])


def flags(tmp_path):
    with open(tmp_path / "work/grades.csv", encoding="utf-8", newline="") as file:
        return {row["student"]: row["flags"] for row in csv.DictReader(file)}


def test_a_roster_and_a_deadline_may_come_later(graded, download, tmp_path, capsys):
    assert run(download, tmp_path) == 0 and len(graded) == 5
    assert "handed in nothing" not in capsys.readouterr().out
    assert flags(tmp_path)["müllerzoë"] == "The LMS marks it as late."
    stored = {path: path.read_bytes() for path in (tmp_path / "work/results").rglob("*.json")}
    (tmp_path / "class.csv").write_bytes(CANVAS.encode("utf-16"))
    assert run(download, tmp_path, "--roster", tmp_path / "class.csv", "--due", "2026-11-20") == 0
    assert len(graded) == 5 and stored == {path: path.read_bytes() for path in stored}          # nothing graded again
    printed = capsys.readouterr().out
    assert "handed in nothing (2): Wei Chen (770002), محمد الأحمد (770007)" in printed
    assert "2 not on the roster, or not to be told apart" in printed and "5 of these were graded before" in printed
    assert flags(tmp_path)["strangerdanger"] == "not on the roster."
    assert "its name that of 明 李 (770005)" in flags(tmp_path)["李明"]
    with open_gradebook(tmp_path / "work") as gradebook:
        assert gradebook.find_assignment(LESSON).duedate is not None
        assert gradebook.find_student("müllerzoë").last_name == "Müller"
    (download / "müllerzoë_LATE_2001_1_convolution.ipynb").rename(download / "müllerzoë_2001_1_convolution.ipynb")
    assert run(download, tmp_path) == 0 and len(graded) == 5                     # both are remembered; the mark has gone
    assert "late" not in flags(tmp_path)["müllerzoë"] and flags(tmp_path)["strangerdanger"] == "not on the roster."


def test_the_wrong_roster_costs_nobody_anything(graded, download, tmp_path, capsys):
    (tmp_path / "class.csv").write_text("id,name\n1,Another Course\n", encoding="utf-8")
    assert run(download, tmp_path, "--roster", tmp_path / "class.csv") == 0
    assert "is it the list of another course?" in capsys.readouterr().out and len(read_results(tmp_path / "work")) == 5
    (tmp_path / "class.csv").write_text("", encoding="utf-8")
    assert run(download, tmp_path, "--roster", tmp_path / "class.csv") == 2
    assert capsys.readouterr().err.strip().splitlines()[-1].endswith("is empty; export it from your LMS again.")
    (tmp_path / "class.csv").write_text(CANVAS, encoding="utf-8")
    assert run(download, tmp_path, "--roster", tmp_path / "class.csv") == 0 and len(graded) == 5
    assert flags(tmp_path)["chenwei"].count("roster") == 0


def test_another_reason_why_it_cannot_be_read_is_told(graded, download, tmp_path):
    run(download, tmp_path)
    (download / "vanderbergjan_2004_4_homework.pdf").rename(download / "vanderbergjan_2004_4_homework.docx")
    run(download, tmp_path)
    assert graded.count("vanderbergjan") == 2 and len(graded) == 6


@pytest.mark.parametrize("options", [["--due", "99_nothing=2026-11-20"], ["--late-penalty", "half"], ["--roster", "no.csv"]])
def test_wrong_options_are_one_sentence(options, graded, download, tmp_path, capsys):
    assert run(download, tmp_path, *options) == 2
    assert capsys.readouterr().err.count("\n") == 1 and not graded and not (tmp_path / "work").exists()


def test_the_page_says_what_was_not_understood(graded, download, tmp_path):
    (tmp_path / "class.csv").write_text(CANVAS, encoding="utf-8")
    run(download, tmp_path, "--roster", tmp_path / "class.csv")
    html = (tmp_path / "work/intake.html").read_text(encoding="utf-8")
    text = words(html)
    assert "5 submissions of 5 students" in text and "3 matched to the 7 people on the roster" in text
    for part in ("No notebook was handed in, only vanderbergjan_2004_4_homework.pdf; hand in convolution.ipynb.",
                 "strangerdanger 02_convolution Nobody on the roster has this name or number.",
                 "Its number is that of Séan O'Brien (770006), its name that of 明 李 (770005).",
                 "محمد الأحمد (770007)", "Zoë Müller (770001) 02_convolution The LMS marks it as late.",
                 "2 notebooks were handed in: chenwei_2003_3_convolution-1.ipynb counts", "grades.csv"):
        assert part in text, part
    assert "<script" not in html and "default-src &#39;none&#39;" in html


def test_a_class_without_anything_odd_has_a_short_page(graded, tmp_path):
    download = lay_out(tmp_path / "download", {"anna/02_convolution/convolution.ipynb": RELEASED})
    run(download, tmp_path)
    assert "Everything was understood, and nothing came late." in (tmp_path / "work/intake.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_of_a_students_lives_in_the_page(attack, tmp_path):
    from test_roster import handed_in
    from tiny_course import LESSON as TINY
    one = handed_in("anna", name=attack, is_late=True) | {"status": "unreadable"}
    one["tests"][0]["message"] = attack
    one["provenance"]["intake"]["flags"] = [attack]
    here = classroom(tmp_path, [one])
    assert (one["student"], TINY) in here.late
    write_intake_page(tmp_path, here, attack, [attack])
    html = (tmp_path / "intake.html").read_text(encoding="utf-8")
    assert not re.search(r"<(script|iframe|object|img|svg|link|form)\b", html, re.I)


def test_a_table_is_cut_where_nobody_would_read_on(tmp_path):
    from test_roster import handed_in
    results = [handed_in(f"s{n}", is_late=True) for n in range(450)]
    page = intake_page(classroom(tmp_path, results), "x", [])
    assert page["sections"][0]["count"] == 450 and len(page["sections"][0]["rows"]) == 400


def test_deadlines_of_lessons_without_submissions_wait(tmp_path):
    set_due(tmp_path, {"05_pooling": read_time("2026-12-01")})
    with open_gradebook(tmp_path) as gradebook:
        assert gradebook.find_assignment("05_pooling").duedate is not None
