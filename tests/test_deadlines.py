"""Times of handing in, due dates, late marks, and nbgrader's late penalties."""
import os
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from nbgrader.plugins import LateSubmissionPlugin
from test_intake import LESSONS, NOTEBOOK, lay_out, pack
from test_record import LESSON, points, store
from test_roster import handed_in
from tiny_course import write_course

from autograde import deadlines
from autograde.__main__ import main
from autograde.classroom import classroom, with_facts
from autograde.errors import UserError
from autograde.gradebook_place import open_gradebook
from autograde.intake import read
from autograde.times import how_long, read_time

DUE = datetime(2026, 11, 20, 18, tzinfo=UTC)


@pytest.mark.parametrize("text, expected", [
    ("2026-11-20T18:00Z", DUE), ("2026-11-20 19:00+01:00", DUE), ("2026-11-20T19:00:00 Europe/Berlin", DUE),
    ("2026-11-20 18:00:00.123456 UTC", DUE), ("2026-11-20-18-00-00 UTC", DUE)])
def test_times(text, expected):
    assert read_time(text) == expected


def test_a_bare_date_is_the_end_of_the_day_here():
    assert read_time("2026-11-20") == datetime(2026, 11, 20, 23, 59, 59).astimezone()


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01", "2026-11-20T25:00", "20.11.2026", "2026-11-20 10:00 Atlantis"])
def test_what_is_no_time(text, tmp_path, capsys):
    with pytest.raises(ValueError):
        read_time(text)
    with pytest.raises(SystemExit):
        main(["grade", "--from", str(tmp_path), "--work", str(tmp_path), "--due", text])
    assert capsys.readouterr().err.count("\n") == 1


def test_how_long():
    assert [how_long(seconds) for seconds in (1, 61, 3600, 7500, 90_000, 200_000)] == [
        "1 min", "2 min", "1 h", "2 h 5 min", "1 day 1 h", "2 days 7 h"]


def test_a_deadline_is_for_the_lessons_at_hand_unless_it_names_one():
    one, other = read_time("2026-11-20"), read_time("2026-12-01")
    due = deadlines.due_of_lessons([(None, one), ("02_convolution", other)], LESSONS, {"01_simple_cells"})
    assert due == {"01_simple_cells": one, "02_convolution": other}
    with pytest.raises(UserError, match="no lesson 'x'"):
        deadlines.due_of_lessons([("x", one)], LESSONS, set())


# where times come from

def only(path):
    found, = read(path, LESSONS)
    return found


def test_names_of_downloads_tell_the_time(tmp_path):
    exchange = lay_out(tmp_path / "a", {"anna+02_convolution+2026-11-20 18:00:00 UTC+x/convolution.ipynb": NOTEBOOK})
    assert (only(exchange).time_from, read_time(only(exchange).submitted)) == ("LMS", DUE)
    blackboard = lay_out(tmp_path / "b", {"hw_anna_attempt_2026-11-20-18-00-00_convolution.ipynb": NOTEBOOK,
                                          "hw_bob_attempt_2026-11-20-19-00-00_convolution.ipynb": NOTEBOOK})
    times = [read_time(one.submitted) for one in read(blackboard, LESSONS)]
    assert times == [datetime(2026, 11, 20, hour).astimezone() for hour in (18, 19)]


def test_nbgraders_timestamp(tmp_path):
    files = {"submitted/anna/02_convolution/convolution.ipynb": NOTEBOOK, "submitted/bob/02_convolution/convolution.ipynb": NOTEBOOK,
             "submitted/anna/02_convolution/timestamp.txt": b"2026-11-20 18:00:00.000000 UTC\n",
             "submitted/bob/02_convolution/timestamp.txt": b"\xff\x00 no time", "submitted/eve/02_convolution/timestamp.txt": b"x"}
    for path in (lay_out(tmp_path / "folder", files), pack(tmp_path / "all.zip", files)):
        anna, bob, eve = read(path, LESSONS)
        assert (anna.time_from, read_time(anna.submitted), anna.flags) == ("nbgrader", DUE, ())
        assert bob.time_from == "file" and "is empty" in eve.problem


def test_a_timestamp_in_a_students_own_zip_is_the_students(tmp_path):
    inner = pack(tmp_path / "inner.zip", {"02_convolution/convolution.ipynb": NOTEBOOK,
                                          "02_convolution/timestamp.txt": b"2020-01-01 00:00:00 UTC"}).read_bytes()
    found = read(pack(tmp_path / "all.zip", {"anna.zip": inner, "bob.zip": inner}), LESSONS)
    assert {one.time_from for one in found} == {"file"}


def test_files_and_zip_entries_have_a_weaker_time(tmp_path):
    folder = lay_out(tmp_path / "in", {"anna/convolution.ipynb": NOTEBOOK, "bob/convolution.ipynb": NOTEBOOK})
    os.utime(folder / "anna/convolution.ipynb", (DUE.timestamp(), DUE.timestamp()))
    anna = read(folder, LESSONS)[0]
    assert (anna.time_from, read_time(anna.submitted)) == ("file", DUE)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for name in ("anna", "bob"):
            archive.writestr(zipfile.ZipInfo(f"{name}/convolution.ipynb", (2026, 11, 20, 18, 0, 0)), NOTEBOOK)
    assert read_time(read(tmp_path / "all.zip", LESSONS)[0].submitted) == datetime(2026, 11, 20, 18).astimezone()


def test_canvas_mark_and_number(tmp_path):
    files = {"bob_LATE_12346_67891_convolution-1.ipynb": NOTEBOOK, "anna_12345_67890_report.pdf": b"%PDF"}
    anna, bob = read(lay_out(tmp_path, files), LESSONS)
    assert (bob.name, bob.number, bob.is_late, bob.flags) == ("bob", "12346", True, ())
    assert (anna.number, anna.is_late) == ("12345", False)


# what is late

def at(student, minutes, time_from="LMS", **facts):
    return handed_in(student, submitted=(DUE + timedelta(minutes=minutes)).isoformat(), time_from=time_from, **facts)


def late(*results, due=DUE, longer=None):
    found = deadlines.lateness(results, {LESSON: due} if due else {}, longer or {})
    return {student: sentence for (student, _), sentence in found.items()}


def test_late_by_how_much():
    found = late(at("anna", 125), at("bob", 0), at("carl", -1), handed_in("dora"))
    assert found.keys() == {"anna"} and found["anna"].startswith("2 h 5 min late (due 2026-11-20 ")


def test_the_lms_mark_counts_where_no_date_tells():
    assert late(at("anna", 5, is_late=True), due=None) == {"anna": "The LMS marks it as late."}
    assert late(at("anna", -5, is_late=True)) == {}                                     # the given date decides
    assert late(at("anna", -5, "file", is_late=True)) == {"anna": "The LMS marks it as late."}
    assert late(handed_in("anna", is_late=True)) == {"anna": "The LMS marks it as late."}


def test_a_files_own_time_is_said_to_be_weak_and_useless_if_all_are_alike():
    assert "if the file's own time" in late(at("anna", 60, "file"), at("bob", -60, "file"), at("carl", 0, "file"))["anna"]
    assert late(*[at(student, 60 + n, "file") for n, student in enumerate("abcde")]) == {}


def test_an_extension_counts():
    assert late(at("anna", 60), longer={("anna", LESSON): timedelta(hours=1)}) == {}
    assert late(at("anna", 61), longer={("anna", LESSON): timedelta(hours=1)})["anna"].startswith("1 min late")


def test_nothing_is_late_in_an_old_work_folder():
    one = handed_in("anna")
    del one["provenance"]["intake"]
    assert late(one) == {}


# the gradebook, and points

@pytest.fixture
def work(tmp_path):
    course = write_course(tmp_path)
    store(course, at("anna", 125), at("bob", -5), at("carl", 500, "file"))
    deadlines.set_due(course / "work", {LESSON: DUE})
    return course / "work"


def test_the_gradebook_knows_deadline_and_times(work):
    assert deadlines.read_due(work) == ({LESSON: DUE}, {})
    with open_gradebook(work) as gradebook:
        late = {one.student_id: one.total_seconds_late for one in gradebook.find_assignment(LESSON).submissions}
        assert late == {"anna": 7500, "bob": 0, "carl": 0}             # no penalty rests on a file's own time
        gradebook.find_submission(LESSON, "anna").extension = timedelta(hours=3)
        gradebook.db.commit()
    assert deadlines.read_due(work)[1] == {("anna", LESSON): timedelta(hours=3)}
    here = classroom(work, [at("anna", 125), at("carl", 500, "file")])
    assert here.late.keys() == {("carl", LESSON)} and [one["late"] for one in here.results] == ["", ""]


class Half(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return -5 if student_id == "bob" else score / 2


@pytest.mark.parametrize("name, taken", [("zero", 2.0), ("none", None), ("test_deadlines.Half", 1.0)])
def test_points_are_taken_off_only_by_nbgraders_plugin(work, name, taken):
    before = points(work, "anna")
    deadlines.apply_penalties(work, deadlines.penalty_plugin(name))
    with open_gradebook(work) as gradebook:
        given = {one.student_id: one.notebooks[0].late_submission_penalty for one in gradebook.find_assignment(LESSON).submissions}
    assert given == {"anna": taken, "bob": None, "carl": None} and points(work, "anna") == before
    assert deadlines.penalty_plugin(None) is None


@pytest.mark.parametrize("name", ["nonsense", "no.such.Thing", "csv.DictReader"])
def test_an_unknown_plugin_is_one_sentence(name):
    with pytest.raises(UserError):
        deadlines.penalty_plugin(name)


def test_facts_are_renewed_without_grading_again(tmp_path):
    folder = lay_out(tmp_path, {"anna_LATE_1_2_convolution.ipynb": NOTEBOOK, "anna_1_3_convolution-1.ipynb": NOTEBOOK})
    submission = only(folder)
    old = handed_in("anna") | {"flags": ["a flag of the code"]}
    new = with_facts(old, submission)
    assert new["flags"] == [*submission.flags, "a flag of the code"] and "2 notebooks" in new["flags"][0]
    assert with_facts(new, submission) == new and new["tests"] == old["tests"]
    (folder / "anna_LATE_1_2_convolution.ipynb").unlink()
    assert with_facts(new, only(folder))["flags"] == ["a flag of the code"]
