"""Grade many submissions in worker processes, through the interface of concurrent.futures.

The command itself imports neither torch nor a lesson's packages: `Workers` lets two other processes do so, at the same
time and once for all workers.
"""
import contextlib
import multiprocessing
import multiprocessing.forkserver
import signal
import threading
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from autograde import sandbox
from autograde.forkserver import ForkServer
from autograde.lesson import load_lesson
from autograde.results import failed_result

PROCESSES = multiprocessing.get_context("forkserver")


class Workers:
    """Two warm processes that start to import in the background as soon as this is made; `close` it, or use `with`.

    server: the fork server of student processes. New worker processes are forked from the other one, Python's own fork
    server, which knows the grader's modules.
    """

    def __init__(self, limits=sandbox.Limits(), unsafe=False):
        PROCESSES.set_forkserver_preload(["autograde.worker"])
        with _interrupts_ignored():
            multiprocessing.forkserver.ensure_running()
        self.server = ForkServer(limits, unsafe)

    def pool(self, jobs, initializer, *arguments):
        """An executor of `jobs` processes. initializer(*arguments) prepares each of them."""
        return ProcessPoolExecutor(jobs, PROCESSES, initializer, arguments)

    def close(self):
        self.server.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def grade_all(submissions, settings, jobs, workers):
    """Grade submissions in `jobs` worker processes; yields each result as it is ready.

    settings: the arguments of worker.Grader but for its server; workers: Workers. When a worker process dies, whatever
    the reason, the submissions that it may have been working on are tried again one by one, so that one of them costs
    no other submission anything.
    """
    solutions, timeout, seed, _ = settings
    waiting = list(submissions)
    while waiting:
        yield from _grade_until_broken(waiting, settings, min(jobs, len(waiting)), workers)
        suspects, waiting[:] = waiting[:jobs + 1], waiting[jobs + 1:]
        for submission in suspects:
            alone = [submission]
            yield from _grade_until_broken(alone, settings, 1, workers)
            if alone:
                lesson = load_lesson(submission.lesson, solutions)
                yield failed_result(submission, lesson, seed, timeout, "its process ended while it was at work on this")


def _grade_until_broken(waiting, settings, jobs, workers):
    """Grade submissions, taking each off the list `waiting` once its result is there."""
    pool = workers.pool(jobs, _start_worker, workers.server.address, *settings)
    try:
        futures = {pool.submit(_grade_in_worker, submission): submission for submission in waiting}
        for future in as_completed(futures):
            result = future.result()
            waiting.remove(futures.pop(future))          # a future would keep its result until the end
            yield result
    except BrokenProcessPool:
        pass
    except BaseException:                    # Ctrl-C among them: do not wait for what is still running
        for process in multiprocessing.active_children():
            process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _interrupts_ignored():
    """What is started in this block does not hear Ctrl-C: that is for the command, which then ends it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


_grader = None


def _start_worker(address, *settings):
    global _grader
    from autograde.worker import Grader      # the command itself does without it, and so without torch
    _grader = Grader(*settings, address)


def _grade_in_worker(submission):
    return _grader.grade(submission)
