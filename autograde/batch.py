"""Grade many submissions in worker processes, through the interface of concurrent.futures."""
import contextlib
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing import get_context

from autograde.forkserver import ForkServer
from autograde.judge import failed_result, grade_submission
from autograde.lesson import load_lesson


class Grader:
    """What a worker process keeps between submissions: its lessons and its fork server."""

    def __init__(self, solutions, timeout, seed, unsafe):
        self.solutions, self.timeout, self.seed = solutions, timeout, seed
        self.lesson = cache(lambda name: load_lesson(name, solutions))
        self.server = ForkServer(unsafe=unsafe)

    def grade(self, submission):
        lesson = self.lesson(submission.lesson)
        try:
            return grade_submission(submission, lesson, self.server, self.timeout, self.seed)
        except Exception as error:
            return failed_result(submission, lesson, self.seed, f"the grader failed: {type(error).__name__}: {error}")


_grader = None


def _start_worker(*settings):
    global _grader
    _grader = Grader(*settings)


def _grade_in_worker(submission):
    return _grader.grade(submission)


def grade_all(submissions, settings, jobs):
    """Grade submissions in `jobs` worker processes; yields each result as it is ready.

    settings: the arguments of Grader. A submission that brings a worker down is tried once more on its own, so that
    it costs no other submission anything.
    """
    unfinished = list(submissions)
    with _pool(jobs, settings) as pool:
        futures = {pool.submit(_grade_in_worker, submission): submission for submission in submissions}
        for future in as_completed(futures):
            with contextlib.suppress(BrokenProcessPool):
                yield future.result()
                unfinished.remove(futures[future])
    for submission in unfinished:
        with _pool(1, settings) as pool:
            try:
                yield pool.submit(_grade_in_worker, submission).result()
            except BrokenProcessPool:
                lesson = load_lesson(submission.lesson, settings[0])
                yield failed_result(submission, lesson, settings[2], "the grader's own process ended while grading this")


def _pool(jobs, settings):
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_start_worker, initargs=settings)
