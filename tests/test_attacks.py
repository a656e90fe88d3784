"""Every specimen gets exactly its expected result, all in one batch with the honest ones, which it must not touch."""
import csv
import re
import sqlite3
import subprocess

import pytest
from class_run import KEYS, PROVENANCE_KEYS, TEST_KEYS, grade
from attacks import HONEST, SPECIMENS
from attacks.kit import LESSON, load, write

TIMEOUT = 6
BY_NAME = {specimen.name: specimen for specimen in SPECIMENS}


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    write(SPECIMENS, folder / "submissions")
    files_before = snapshot(folder / "submissions")
    run = grade(folder / "submissions", folder / "work", LESSON, "--jobs", "2", "--timeout", str(TIMEOUT))
    assert run.code == 0, run.complained
    run.untouched = snapshot(folder / "submissions") == files_before
    return run


def snapshot(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_there_are_enough_specimens_and_each_has_a_name_of_its_own():
    assert len(BY_NAME) == len(SPECIMENS) >= 30 and len(HONEST) >= 6


@pytest.mark.parametrize("name", BY_NAME)
def test_exactly_the_expected_result(batch, name):
    specimen, result = BY_NAME[name], batch.results[name, LESSON]
    statuses, score = specimen.expected()
    got = {test["id"]: test["status"] for test in result["tests"]}
    messages = {test["id"]: test["message"] for test in result["tests"]}
    differing = {test: f"{got[test]}, not {statuses[test]}: {messages[test]}" for test in statuses if got[test] != statuses[test]}
    assert not differing, specimen.trick
    assert (result["status"], result["score"], result["max_score"]) == (specimen.status, score, load(LESSON).max_score)
    for test in result["tests"]:
        assert test["points"] == (test["max_points"] if test["status"] == "correct" else 0)
        assert (test["status"] == "correct") == (test["message"] == "") and len(test["message"]) <= 2000
        assert test["status"] == "correct" or re.search(specimen.message, test["message"]), test["message"]


@pytest.mark.parametrize("name", BY_NAME)
def test_flags_for_a_person(batch, name):
    specimen, flags = BY_NAME[name], batch.results[name, LESSON]["flags"]
    for part in specimen.flags:
        assert any(part in flag for flag in flags), (part, flags)
    if specimen.no_flags is None and not specimen.flags:
        assert flags == []
    for part in specimen.no_flags or ():
        assert not any(part in flag for flag in flags)


def test_results_have_the_documented_keys(batch):
    assert {student for student, _ in batch.results} == set(BY_NAME)
    for result in batch.results.values():
        assert set(result) == KEYS and set(result["provenance"]) == PROVENANCE_KEYS
        assert all(set(test) == TEST_KEYS for test in result["tests"])
        assert [test["id"] for test in result["tests"]] == [test.id for test in load(LESSON).with_role("test")]


def test_no_hidden_test_and_no_solution_in_any_result(batch):
    for result in batch.results.values():
        said = " ".join([*(test["message"] for test in result["tests"]), *result["flags"]])
        assert "BEGIN HIDDEN" not in said and "rng.standard_normal" not in said and "check.rng" not in said


def test_table_and_gradebook_hold_the_same_points(batch):
    with open(batch.work / "grades.csv", newline="") as file:
        table = {row["student"]: (float(row["score"]), row["status"]) for row in csv.DictReader(file)}
    expected = {name: (specimen.expected()[1], specimen.status) for name, specimen in BY_NAME.items()}
    assert table == expected
    with sqlite3.connect(f"file:{batch.work / 'gradebook.db'}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT s.student_id, SUM(g.auto_score) FROM grade g JOIN submitted_notebook n ON g.notebook_id = n.id"
                                " JOIN submitted_assignment s ON n.assignment_id = s.id GROUP BY s.student_id").fetchall()
    assert {student: score or 0 for student, score in rows} == {name: score for name, (score, _) in expected.items()}


def test_nothing_outlives_the_batch_and_no_submission_was_changed(batch):
    assert batch.untouched
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert "987654" not in running


def test_a_person_sees_the_batch_end_in_words(batch):
    assert f"{LESSON}: {len(SPECIMENS)} submissions" in batch.printed and "Traceback" not in batch.complained


def test_honest_work_is_graded_the_same_without_the_others(batch, tmp_path):
    write(HONEST, tmp_path / "submissions")
    alone = grade(tmp_path / "submissions", tmp_path / "work", LESSON, "--jobs", "1", "--timeout", str(TIMEOUT))
    assert alone.code == 0 and len(alone.results) == len(HONEST)
    for key, result in alone.results.items():
        for part in ("status", "score", "max_score", "tests", "flags", "answers", "verdicts"):
            assert result[part] == batch.results[key][part], (key, part)
