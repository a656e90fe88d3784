"""Batches: a submission that brings the grader's own process down costs no other submission anything."""
import os
import signal
import subprocess
import sys

import pytest

from autograde import batch, results, worker
from autograde.intake import Submission
from autograde.lesson import COURSE, SOLUTIONS

SETTINGS = (SOLUTIONS, 60.0, 0, False)
LESSON = "02_convolution"


def submissions(*names):
    return [Submission(student=name, lesson=LESSON, origin=name, notebook=name.encode(), problem=None) for name in names]


class FakeGrader:
    """Stands in for a worker's Grader. Submissions named `kills…` end the worker, as the kernel's out-of-memory killer would."""

    def grade(self, submission):
        if submission.student.startswith("kills"):
            os.kill(os.getpid(), signal.SIGKILL)
        return {"student": submission.student, "flags": []}


def start_fake_worker(*settings):
    batch._grader = FakeGrader()


@pytest.fixture
def workers(monkeypatch):
    monkeypatch.setattr(batch, "_start_worker", start_fake_worker)
    with batch.Workers() as workers:
        yield workers


def test_every_submission_gets_a_result_when_workers_die(workers):
    names = ["anna", "kills-1", "bo", "chi", "kills-2", *(f"student-{number}" for number in range(20))]
    graded = {result["student"]: result for result in batch.grade_all(submissions(*names), SETTINGS, 2, workers)}
    assert sorted(graded) == sorted(names)
    for name, result in graded.items():
        failed = any(flag.startswith(results.GRADER_FAILED) for flag in result["flags"])
        assert failed == name.startswith("kills"), name
    assert graded["kills-1"]["score"] == 0 and graded["kills-1"]["max_score"] > 0


def test_an_empty_batch_is_no_trouble(workers):
    assert list(batch.grade_all([], SETTINGS, 2, workers)) == []


class BrokenServer:
    def close(self):
        pass


def test_a_failure_of_ours_is_tried_again_and_then_told(monkeypatch):
    attempts = []

    def fail(submission, lesson, server, timeout, seed):
        attempts.append(server)
        raise RuntimeError("the fork server has ended")

    monkeypatch.setattr(worker, "grade_submission", fail)
    monkeypatch.setattr(worker.Grader, "_new_server", lambda self: BrokenServer())
    [submission] = submissions("anna")
    result = worker.Grader(*SETTINGS).grade(submission)
    assert len(attempts) == 2 and attempts[0] is not attempts[1]
    assert result["flags"] == ["the grader failed: RuntimeError: the fork server has ended"] and result["score"] == 0


@pytest.mark.parametrize("change", ["notebook", "seed", "timeout"])
def test_the_identity_of_a_verdict_names_all_it_depends_on(change):
    from dataclasses import replace

    from autograde.lesson import load_lesson
    lesson, [submission] = load_lesson(LESSON), submissions("anna")
    before = results.identity(submission, lesson, seed=0, timeout=60)
    assert before == results.identity(submission, lesson, seed=0, timeout=60)
    changed = replace(submission, notebook=b"other") if change == "notebook" else submission
    after = results.identity(changed, lesson, seed=1 if change == "seed" else 0, timeout=5 if change == "timeout" else 60)
    assert after != before



def test_a_verdict_depends_on_the_code_that_makes_it_and_on_no_other():
    behind = {path.stem for path in results.code_behind_verdicts()}
    assert {"worker", "judge", "reconcile", "session", "wall", "student", "sandbox", "forkserver_main", "lesson", "check",
            "switched_off", "module_copy", "code_look", "data", "plot"} <= behind
    assert not behind & {"report", "feedback", "gradebook", "record", "mutants", "tidy", "release", "grade", "formgrader"}
    imported = subprocess.run([sys.executable, "-c", "import autograde.worker, autograde.forkserver_main, sys; "
                               "print(*(name for name in sys.modules if name.startswith('autograde.')))"],
                              capture_output=True, text=True, check=True, cwd=COURSE).stdout.split()
    assert {name.split(".")[1] for name in imported} <= behind          # all that Python really loads is counted


def test_the_command_itself_waits_for_no_large_package():
    loaded = subprocess.run([sys.executable, "-c", "import autograde.grade, sys; print(*sys.modules)"],
                            capture_output=True, text=True, check=True, cwd=COURSE).stdout.split()
    assert not {"torch", "numpy", "nbgrader", "sqlalchemy"} & set(loaded)
