"""Grade many submissions in worker processes, through the interface of concurrent.futures."""
import math
import multiprocessing
import signal
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import cache

from autograde import sandbox
from autograde.forkserver import ForkServer
from autograde.judge import failed_result, grade_submission
from autograde.lesson import load_lesson
from autograde.session import WHOLE_NOTEBOOK


class Grader:
    """What a worker process keeps between submissions: its lessons and its fork server."""

    def __init__(self, solutions, timeout, seed, unsafe):
        import torch                         # the worker's own; the command itself does not need to wait for it
        torch.set_num_threads(1)
        self.timeout, self.seed, self.unsafe = timeout, seed, unsafe
        self.lesson = cache(lambda name: load_lesson(name, solutions))
        self.server = self._new_server()

    def _new_server(self):
        limits = sandbox.Limits(cpu_seconds=math.ceil(WHOLE_NOTEBOOK * self.timeout))
        return ForkServer(limits, self.unsafe)

    def grade(self, submission):
        """The result of a submission, whatever happens; a failure of ours gets a second try with a new fork server."""
        lesson = self.lesson(submission.lesson)
        try:
            return grade_submission(submission, lesson, self.server, self.timeout, self.seed)
        except Exception:
            self.server.close()
            self.server = self._new_server()
        try:
            return grade_submission(submission, lesson, self.server, self.timeout, self.seed)
        except Exception as error:
            return failed_result(submission, lesson, self.seed, self.timeout, f"{type(error).__name__}: {error}")


def grade_all(submissions, settings, jobs):
    """Grade submissions in `jobs` worker processes; yields each result as it is ready.

    settings: the arguments of Grader. When a worker process dies, whatever the reason, the submissions that it may
    have been working on are tried again one by one, so that one of them costs no other submission anything.
    """
    solutions, timeout, seed, _ = settings
    waiting = list(submissions)
    while waiting:
        yield from _grade_until_broken(waiting, settings, min(jobs, len(waiting)))
        suspects, waiting[:] = waiting[:jobs + 1], waiting[jobs + 1:]
        for submission in suspects:
            alone = [submission]
            yield from _grade_until_broken(alone, settings, 1)
            if alone:
                lesson = load_lesson(submission.lesson, solutions)
                yield failed_result(submission, lesson, seed, timeout, "its process ended while it was at work on this")


def _grade_until_broken(waiting, settings, jobs):
    """Grade submissions, taking each off the list `waiting` once its result is there."""
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _start_worker, settings)
    try:
        futures = {pool.submit(_grade_in_worker, submission): submission for submission in waiting}
        for future in as_completed(futures):
            result = future.result()
            waiting.remove(futures[future])
            yield result
    except BrokenProcessPool:
        pass
    except BaseException:                    # Ctrl-C among them: do not wait for what is still running
        for worker in multiprocessing.active_children():
            worker.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


_grader = None


def _start_worker(*settings):
    global _grader
    signal.signal(signal.SIGINT, signal.SIG_IGN)     # Ctrl-C is for the command, which then ends its workers
    _grader = Grader(*settings)


def _grade_in_worker(submission):
    return _grader.grade(submission)
