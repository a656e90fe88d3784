"""Grade on a Dask cluster: the same tasks as on one machine, through the interface of concurrent.futures.

Every worker needs this checkout (the same lessons and versions as here, which is checked), Linux with user namespaces,
and one thread: `dask worker ADDRESS --nthreads 1 --nworkers 4`. A worker that dies costs nobody anything: Dask gives
its submission to another one. Submissions and results are plain values, and no worker needs the work folder.
"""
import itertools
import threading
from concurrent.futures import FIRST_COMPLETED, wait
from functools import cache

from autograde import sandbox
from autograde.errors import UserError
from autograde.lesson import SOLUTIONS, load_lesson
from autograde.results import environment, failed_result, identity

SECONDS_TO_CONNECT = 20
WAITING_PER_WORKER = 8       # submissions sent ahead: enough that none is idle, few enough for the scheduler's memory
_own = threading.local()


def grade_all(submissions, settings, address):
    """Grade submissions on the workers of a scheduler; yields each result as it is ready.

    settings: (timeout, seed, unsafe); address: such as tcp://host:8786. UserError if the cluster cannot do it.
    """
    from distributed import Client
    try:
        client = Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise UserError(f"No Dask scheduler answers at {address}: {error}") from None
    with client:
        _check_workers(client, unsafe=settings[-1])
        executor = client.get_executor(pure=False, retries=3)
        lesson, waiting, futures = cache(load_lesson), iter(submissions), {}
        at_once = WAITING_PER_WORKER * len(client.scheduler_info(n_workers=-1)["workers"])
        while True:
            for submission in itertools.islice(waiting, at_once - len(futures)):
                futures[executor.submit(grade_on_worker, submission, settings)] = submission
            if not futures:
                break
            for future in wait(futures, return_when=FIRST_COMPLETED).done:
                submission = futures.pop(future)
                yield _result_of(future, submission, lesson(submission.lesson), settings)


def grade_on_worker(submission, settings):
    """The result of one submission, in the worker's own checkout. Each thread of a worker keeps one warm grader."""
    if getattr(_own, "settings", None) != settings:
        from autograde.worker import Grader              # the command itself does without it, and so without torch
        _own.grader, _own.settings = Grader(SOLUTIONS, *settings), settings
    return _own.grader.grade(submission)


def _result_of(future, submission, lesson, settings):
    timeout, seed, _ = settings
    try:
        result = future.result()
    except Exception as error:               # KilledWorker among them: it ended several workers
        return failed_result(submission, lesson, seed, timeout, f"{type(error).__name__}: {error}")
    wanted = identity(submission, lesson, seed, timeout)
    differing = [key for key in wanted if result["provenance"].get(key) != wanted[key]]
    if differing:
        raise UserError(f"A worker of the cluster has other {' and '.join(differing)} than this machine; bring its "
                        "checkout and packages up to date, and start again. Results so far are kept.")
    return result


def _check_workers(client, unsafe):
    """All workers must have this environment, one thread and walls; a UserError names the first that has not."""
    threads = {worker: info["nthreads"] for worker, info in client.scheduler_info(n_workers=-1)["workers"].items()}
    if not threads:
        raise UserError("The cluster has no workers; start some: dask worker ADDRESS --nthreads 1")
    for worker, count in threads.items():
        if count != 1:
            raise UserError(f"The worker {worker} has {count} threads; start it with --nthreads 1.")
    for worker, found in client.run(environment).items():
        differing = [name for name, version in environment().items() if found.get(name) != version]
        if differing:
            raise UserError(f"The worker {worker} has another version of {', '.join(differing)} than this machine.")
    for worker, reason in ({} if unsafe else client.run(_missing_walls)).items():
        if reason:
            raise UserError(f"The worker {worker} cannot keep students' code apart ({reason}); allow user namespaces there.")


def _missing_walls():
    try:
        sandbox.try_out()
    except sandbox.NoSandbox as reason:
        return str(reason)
    return ""
