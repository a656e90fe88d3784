"""Batches: a submission that brings the grader's own process down costs no other submission anything."""
import os
import signal

import pytest

from autograde import batch, judge
from autograde.intake import Submission
from autograde.lesson import SOLUTIONS

SETTINGS = (SOLUTIONS, 60.0, 0, False)
LESSON = "02_convolution"


def submissions(*names):
    return [Submission(student=name, lesson=LESSON, origin=name, notebook=name.encode(), problem=None) for name in names]


class FakeGrader:
    """Stands in for a worker's Grader. Submissions named `kills…` end the worker, as the kernel's out-of-memory killer would."""

    def __init__(self, *settings):
        pass

    def grade(self, submission):
        if submission.student.startswith("kills"):
            os.kill(os.getpid(), signal.SIGKILL)
        return {"student": submission.student, "flags": []}


def start_fake_worker(*settings):
    batch._grader = FakeGrader()


@pytest.fixture
def fake_workers(monkeypatch):
    monkeypatch.setattr(batch, "_start_worker", start_fake_worker)


def test_every_submission_gets_a_result_when_workers_die(fake_workers):
    names = ["anna", "kills-1", "bo", "chi", "kills-2", *(f"student-{number}" for number in range(20))]
    results = {result["student"]: result for result in batch.grade_all(submissions(*names), SETTINGS, jobs=2)}
    assert sorted(results) == sorted(names)
    for name, result in results.items():
        failed = any(flag.startswith(judge.GRADER_FAILED) for flag in result["flags"])
        assert failed == name.startswith("kills"), name
    assert results["kills-1"]["score"] == 0 and results["kills-1"]["max_score"] > 0


def test_an_empty_batch_is_no_trouble(fake_workers):
    assert list(batch.grade_all([], SETTINGS, jobs=2)) == []


class BrokenServer:
    def close(self):
        pass


def test_a_failure_of_ours_is_tried_again_and_then_told(monkeypatch):
    attempts = []

    def fail(submission, lesson, server, timeout, seed):
        attempts.append(server)
        raise RuntimeError("the fork server has ended")

    monkeypatch.setattr(batch, "grade_submission", fail)
    monkeypatch.setattr(batch.Grader, "_new_server", lambda self: BrokenServer())
    [submission] = submissions("anna")
    result = batch.Grader(*SETTINGS).grade(submission)
    assert len(attempts) == 2 and attempts[0] is not attempts[1]
    assert result["flags"] == ["the grader failed: RuntimeError: the fork server has ended"] and result["score"] == 0


@pytest.mark.parametrize("change", ["notebook", "seed", "timeout"])
def test_the_identity_of_a_verdict_names_all_it_depends_on(change):
    from dataclasses import replace

    from autograde.lesson import load_lesson
    lesson, [submission] = load_lesson(LESSON), submissions("anna")
    before = judge.identity(submission, lesson, seed=0, timeout=60)
    assert before == judge.identity(submission, lesson, seed=0, timeout=60)
    changed = replace(submission, notebook=b"other") if change == "notebook" else submission
    after = judge.identity(changed, lesson, seed=1 if change == "seed" else 0, timeout=5 if change == "timeout" else 60)
    assert after != before

