"""Every lesson, with the real command: all solved is 100 %, blank is 0 %, and a second run finds nothing to do."""

import pytest
from class_run import KEYS, PROVENANCE_KEYS, TEST_KEYS, grade
from attacks.kit import as_bytes, handed_in, load

from autograde.__main__ import main
from autograde.lesson import lesson_names

LESSONS = lesson_names()


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lessons")
    for lesson, file in LESSONS.items():
        for student in ("full", "blank"):
            place = folder / "submissions" / student / lesson / file
            place.parent.mkdir(parents=True)
            place.write_bytes(as_bytes(handed_in(blank=student == "blank", lesson=lesson)))
    run = grade(folder / "submissions", folder / "work", "--jobs", "2")
    assert run.code == 0, run.complained
    run.submissions = folder / "submissions"
    return run


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_full_solution_earns_everything(graded, lesson):
    result = graded.results["full", lesson]
    assert {test["id"]: test["message"] for test in result["tests"] if test["status"] != "correct"} == {}
    assert result["status"] == "correct" and result["score"] == result["max_score"] == load(lesson).max_score > 0
    assert result["flags"] == [] and {*result["verdicts"].values()} <= {"answered", "as released"}


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_blank_release_earns_nothing(graded, lesson):
    result = graded.results["blank", lesson]
    assert {test["id"]: test["message"] for test in result["tests"] if test["status"] != "not attempted"} == {}
    assert result["status"] == "not attempted" and result["score"] == 0 and result["max_score"] == load(lesson).max_score
    assert all(test["points"] == 0 and test["message"] for test in result["tests"])
    assert result["flags"] == [] and {*result["verdicts"].values()} == {"as released"}


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_result_has_exactly_the_documented_keys(graded, lesson):
    for student in ("full", "blank"):
        result = graded.results[student, lesson]
        assert set(result) == KEYS and set(result["provenance"]) == PROVENANCE_KEYS
        assert [test["id"] for test in result["tests"]] == [test.id for test in load(lesson).with_role("test")]
        assert all(set(test) == TEST_KEYS for test in result["tests"])
        assert sum(test["max_points"] for test in result["tests"]) == result["max_score"]
        assert set(result["answers"]) == {cell.id for cell in load(lesson).with_role("answer", "written")}
        assert result["provenance"]["origin"] == f"{student}/{lesson}/{LESSONS[lesson]}"
        assert len(result["provenance"]["submission"]) == len(result["provenance"]["tests"]) == 64


def test_a_second_run_does_nothing_new(graded):
    before = contents(graded.work)
    again = grade(graded.submissions, graded.work, "--jobs", "2")
    assert again.code == 0 and f"{2 * len(LESSONS)} of these were graded before" in again.printed
    assert contents(graded.work) == before and set(again.results) == set(graded.results)


def contents(work):
    """Everything the command writes but the database, whose pages may move, and the page that says when it was written."""
    return {path: path.read_bytes() for path in work.rglob("*")
            if path.is_file() and "gradebook.db" not in path.name and path.name != "intake.html"}


def test_a_changed_submission_is_graded_again_and_the_others_are_not(graded, tmp_path):
    lesson, file = next(iter(LESSONS.items()))
    for student, blank in ("full", True), ("blank", True):
        place = tmp_path / student / lesson / file
        place.parent.mkdir(parents=True)
        place.write_bytes(as_bytes(handed_in(blank, {} if student == "blank" else {load(lesson).with_role("written")[0].id: "x"}, lesson)))
    again = grade(tmp_path, graded.work, lesson)
    assert "1 of these were graded before" in again.printed
    assert again.results["full", lesson]["score"] == 0 and len(again.results) == 2 * len(LESSONS)


WRONG_USAGE = {
    "no such folder": (["--from", "nowhere", "--work", "work"], "There is no file or folder nowhere."),
    "empty folder": (["--from", "empty", "--work", "work"], "empty"),
    "a file that is no zip": (["--from", "note.txt", "--work", "work"], "cannot be read as a zip"),
    "no such lesson": (["99_nothing", "--from", "empty", "--work", "work"], "There is no lesson '99_nothing'. The lessons are: "),
    "no folder given": (["--work", "work"], "--from"),
    "no work folder given": (["--from", "empty"], "--work"),
    "no jobs": (["--from", "empty", "--work", "work", "--jobs", "0"], "above zero, got '0'"),
    "no time": (["--from", "empty", "--work", "work", "--timeout", "-1"], "above zero, got '-1'"),
    "a work folder that is a file": (["--from", "class", "--work", "note.txt"], "cannot be used as the work folder"),
}


@pytest.mark.parametrize("case", WRONG_USAGE)
def test_wrong_usage_is_one_sentence_and_exit_code_2(case, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "note.txt").write_text("no zip")
    lesson, file = next(iter(LESSONS.items()))
    (tmp_path / "class/anna").mkdir(parents=True)
    (tmp_path / "class/anna" / file).write_bytes(as_bytes(handed_in(lesson=lesson)))
    monkeypatch.setattr("autograde.grade.check_walls", lambda *arguments: None)
    options, part = WRONG_USAGE[case]
    try:
        code = main(["grade", *options])
    except SystemExit as left:
        code = left.code
    printed = capsys.readouterr()
    assert code == 2 and part in printed.err and "Traceback" not in printed.err
    assert len(printed.err.strip().splitlines()) == 1 and not (tmp_path / "work").exists()
