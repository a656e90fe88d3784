"""Tables for Canvas, Moodle and spreadsheets, from the report command and from plain nbgrader."""
import csv
import subprocess
import sys

import pytest
from test_record import give_points, store
from test_roster import CANVAS, MOODLE, handed_in
from tiny_course import LESSON, write_course

from autograde import classroom
from autograde.__main__ import main
from autograde.exporters import CanvasExport, CsvExport, MoodleExport
from autograde.gradebook_place import open_gradebook
from autograde.report import export_grades


@pytest.fixture
def course(tmp_path):
    """Anna Müller with points of a person, one of two of a name, one of nobody on the roster."""
    course = write_course(tmp_path)
    store(course, handed_in("müllerzoë", number="2001"), handed_in("chenwei", number="2003"),
          handed_in("=cmd|' C calc'!A0", name="=cmd|' C calc'!A0"))
    give_points(course / "work", "müllerzoë", "written-2-3-why", 3.5)
    return course


def exported(course, plugin, roster=CANVAS):
    if roster:
        classroom.remember_roster(course / "work", roster)
    done = export_grades(course / "work", plugin, course / "out.csv")
    with open(course / "out.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert {len(row) for row in rows} == {len(rows[0])}
    return rows, done


def test_canvas(course):
    rows, done = exported(course, CanvasExport)
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "02 Tiny (4712)"]
    assert rows[1] == ["    Points Possible", "", "", "", "", "6.00"]            # the assignment's own, as it was
    assert rows[2] == ["Müller, Zoë", "2001", "770001", "zmueller", "CNN-1", "5.5"]
    assert [row[-1] for row in rows if row[0] == "Chen, Wei"] == ["", "2"]      # who handed in nothing: an empty cell
    assert len(rows) == 9 and done.left_out == [("=cmd|' C calc'!A0", LESSON)]


def test_canvas_without_a_roster_knows_the_downloads_numbers(course):
    rows, done = exported(course, CanvasExport, None)
    assert rows[0][-1] == LESSON and rows[1][-1] == "10.0" and done.left_out == []
    assert ["müllerzoë", "2001", "", "müllerzoë", "", "5.5"] in rows
    assert [row[0][0] for row in rows[2:]] == sorted(row[0][0] for row in rows[2:])


def test_canvas_from_a_plain_roster(course):
    rows, _ = exported(course, CanvasExport, "id,name,login\nS1,Zoë Müller,zm\nS2,Wei Chen,wc\n")
    assert rows[2:] == [["Müller, Zoë", "", "S1", "zm", "", "5.5"], ["Chen, Wei", "", "S2", "wc", "", "2"]] or \
        rows[2:] == [["Zoë Müller", "", "S1", "zm", "", "5.5"], ["Wei Chen", "", "S2", "wc", "", "2"]]


def test_moodle(course):
    rows, _ = exported(course, MoodleExport, MOODLE)
    assert rows == [["First name", "Last name", "Email address", "ID number", "Assignment: 02 Tiny (Real)"],
                    ["Zoë", "Müller", "zoe@uni.example", "770001", "5.5"], ["Wei", "Chen", "wei@uni.example", "770002", "2"]]


def test_moodle_has_nobody_whose_line_could_give_points_to_another(course):
    """An empty id takes the person of the line before, a shared one the wrong person, an unknown one stops the import."""
    roster = ("first name,last name,id number,email\nZoë,Müller,770001,zoe@uni.example\nWei,Chen,,wei@uni.example\n"
              "Eve,Evil,=1+1,=cmd@x\nAnn,One,1,same@uni.example\nBea,Two,2,same@uni.example\n")
    rows, _ = exported(course, MoodleExport, roster)
    assert rows[0][:4] == ["First name", "Last name", "ID number", LESSON] and [row[0] for row in rows[1:]] == ["Zoë", "Ann", "Bea"]
    roster = "first name,last name,id number,email\nZoë,Müller,,zoe@uni.example\nWei,Chen,7,wei@uni.example\n"
    rows, _ = exported(course, MoodleExport, roster)
    assert rows[0] == ["First name", "Last name", "Email address", LESSON] and len(rows) == 3
    rows, done = exported(course, MoodleExport, "first name,last name,email\nZoë,Müller,\nWei,Chen,wei@uni.example\n")
    assert len(rows) == 2 and ("Zoë Müller", LESSON) in done.left_out


def test_the_plain_table_has_everybody(course):
    rows, done = exported(course, CsvExport)
    assert done.left_out == []
    by_student = {row[3]: row for row in rows}
    assert by_student["müllerzoë"][7:] == ["5.5", "0.0", "5.5", "10.0"] and by_student["770004"][7:] == ["", "", "", "10.0"]
    assert "'=cmd|' C calc'!A0" in by_student
    assert len(rows) == 1 + 3 + 5


@pytest.mark.parametrize("columns, expected", [
    ("02 Tiny (4712),02 Tiny quiz (4713)", "02 Tiny (4712)"), ("Assignment: Tiny (Real),Quiz: Tiny (Real)", LESSON),
    ("Lesson 2 (9),Current Score", "Lesson 2 (9)"), ("tiny talk (1),tiny quiz (2)", LESSON), ("Essay (1)", LESSON)])
def test_points_land_in_the_column_that_is_surely_the_lessons(course, columns, expected):
    rows, _ = exported(course, CanvasExport, f"Student,ID,SIS User ID,SIS Login ID,Section,{columns}\n\"M, Z\",1,2,3,4,,\n")
    assert rows[0][-1] == expected


def test_penalties_are_taken_off(course):
    with open_gradebook(course / "work") as gradebook:
        gradebook.find_submission_notebook("tiny", LESSON, "müllerzoë").late_submission_penalty = 1.25
        gradebook.db.commit()
    rows, _ = exported(course, CanvasExport)
    assert rows[2][-1] == "4.25"


def test_three_hundred(tmp_path):
    course = write_course(tmp_path)
    store(course, *[handed_in(f"student {n}", number=str(5000 + n)) for n in range(0, 300, 3)])
    roster = "Student,ID,SIS User ID,SIS Login ID,Section\n" + "".join(
        f'"{n}, Student",{5000 + n},{n},s{n},A\n' for n in range(300))
    rows, _ = exported(course, CanvasExport, roster)
    assert len(rows) == 302 and sum(row[-1] == "2" for row in rows) == 100 and sum(row[-1] == "" for row in rows) == 200


@pytest.mark.parametrize("exporter, file", [("canvas", "canvas.csv"), ("moodle", "moodle.csv"), ("csv", "grades.csv"),
                                            ("nbgrader.plugins.CsvExportPlugin", "grades.csv")])
def test_the_report_command(course, exporter, file, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("autograde.report.lesson_names", lambda: {LESSON: "tiny.ipynb"})
    monkeypatch.setattr("autograde.report.write_report", lambda folder, results, absent: folder.mkdir())
    (tmp_path / "class.csv").write_text(CANVAS, encoding="utf-8")
    command = ["report", "--work", str(course / "work"), "--exporter", exporter, "--roster", str(tmp_path / "class.csv")]
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert file in printed and (course / "work/report" / file).is_file() and (course / "work/roster.csv").is_file()
    assert ("1 submissions are not in" in printed) == (exporter in ("canvas", "moodle"))
    with open_gradebook(course / "work") as gradebook:
        zoe = gradebook.find_student("müllerzoë")
        assert (zoe.first_name, zoe.last_name, zoe.lms_user_id) == ("Zoë", "Müller", "2001")
    assert main([*command[:-1], str(tmp_path / "no.csv")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_plain_nbgrader_export(course):
    classroom.remember_roster(course / "work", CANVAS)
    url = f"sqlite:///{course / 'work' / 'gradebook.db'}"
    command = [sys.executable, "-m", "nbgrader", "export", "--exporter=autograde.exporters.CanvasExport",
               f"--to={course / 'canvas.csv'}", f"--db={url}", "--course=striate"]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, timeout=120, env=_with_course())
    assert done.returncode == 0, done.stderr
    text = (course / "canvas.csv").read_text(encoding="utf-8")
    assert '"Müller, Zoë",2001,770001,zmueller,CNN-1,5.5\n' in text and "Traceback" not in done.stderr
    assert "nobody on the roster" in done.stderr


def _with_course():
    import os
    from pathlib import Path
    return {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
