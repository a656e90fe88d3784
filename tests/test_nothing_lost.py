"""Grading that is killed, or runs out of disk, and is started again ends as if nothing had happened."""
import contextlib
import copy
import csv
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from attacks.kit import LESSON, NOTEBOOK, as_bytes, handed_in
from class_run import COURSE, grade

STUDENTS = [f"student {number}" for number in range(8)]


@pytest.fixture(scope="module")
def class_folder(tmp_path_factory):
    """Eight submissions, right and blank in turn."""
    folder = tmp_path_factory.mktemp("class")
    for number, student in enumerate(STUDENTS):
        place = folder / student / LESSON / NOTEBOOK
        place.parent.mkdir(parents=True)
        place.write_bytes(as_bytes(handed_in(blank=number % 2 == 1)))
    return folder


@pytest.fixture(scope="module")
def undisturbed(class_folder, tmp_path_factory):
    return outcome(grade(class_folder, tmp_path_factory.mktemp("undisturbed"), LESSON))


def outcome(run):
    """Everything that a run leaves behind, but for how long each submission took."""
    assert run.code == 0, run.complained
    results = copy.deepcopy(run.results)
    for result in results.values():
        del result["provenance"]["seconds"]
    with open(run.work / "grades.csv", newline="") as file:
        table = list(csv.reader(file))
    with contextlib.closing(sqlite3.connect(f"file:{run.work / 'gradebook.db'}?mode=ro", uri=True)) as database:
        grades = database.execute(
            "SELECT s.student_id, c.name, g.auto_score, g.needs_manual_grade FROM grade g JOIN base_cell c ON g.cell_id = c.id"
            " JOIN submitted_notebook n ON g.notebook_id = n.id JOIN submitted_assignment s ON n.assignment_id = s.id"
            " ORDER BY 1, 2").fetchall()
    shown = {path.relative_to(run.work).as_posix(): path.read_text() for path in sorted(run.work.glob("autograded/*/*/*"))}
    left_over = [path.name for path in run.work.rglob("*") if path.name.endswith((".tmp", "-journal"))]
    return {"results": results, "table": table, "grades": grades, "shown": shown, "left over": left_over}


def start(source, work):
    return subprocess.Popen([sys.executable, "-m", "autograde", "grade", LESSON, "--from", source, "--work", work],
                            cwd=COURSE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                            env={**os.environ, "OMP_NUM_THREADS": "1"})


def as_root(*command):
    """Run a command as an administrator, if that is possible without a password → its exit code."""
    before = [] if os.geteuid() == 0 else ["sudo", "-n"]
    try:
        return subprocess.run([*before, *map(str, command)], capture_output=True).returncode
    except FileNotFoundError:                # no sudo
        return 1


def results_in(work):
    return len(list(Path(work).glob("results/*/*.json")))


@pytest.mark.parametrize("moment", ["before the first result", "in the middle", "while it writes the gradebook"])
def test_killed_and_started_again(moment, class_folder, undisturbed, tmp_path):
    command = start(class_folder, tmp_path)
    wanted = {"before the first result": 0, "in the middle": 3, "while it writes the gradebook": len(STUDENTS)}[moment]
    while results_in(tmp_path) < wanted and command.poll() is None:
        time.sleep(0.01)
    time.sleep(random.Random(moment).uniform(0, 0.3))
    os.killpg(command.pid, signal.SIGKILL)
    command.wait()
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.glob("results/*/*.json")}
    again = grade(class_folder, tmp_path, LESSON)
    assert outcome(again) == undisturbed
    assert {path: path.stat().st_mtime_ns for path in kept} == kept           # what was there was not made again


def test_a_full_disk_is_one_sentence_and_later_nothing_is_missing(class_folder, undisturbed, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if as_root("mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", disk):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("only an administrator can make a disk that is small enough")
    try:
        full = grade(class_folder, disk / "work", LESSON)
        assert full.code == 2 and "Traceback" not in full.complained
        said = [line for line in full.complained.splitlines() if line.startswith("autograde: ")]
        assert len(said) == 1 and "run the same command again" in said[0]
        assert as_root("mount", "-o", "remount,size=100m", disk) == 0
        assert outcome(grade(class_folder, disk / "work", LESSON)) == undisturbed
    finally:
        as_root("umount", "--lazy", disk)
