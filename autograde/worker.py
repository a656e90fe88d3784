"""What a worker process keeps between submissions: its lessons, and its connection to a fork server."""
from functools import cache

import torch

from autograde.forkserver import Connection, ForkServer
from autograde.judge import grade_submission
from autograde.lesson import load_lesson
from autograde.results import failed_result
from autograde.sandbox import limits_for


class Grader:
    """Grades one submission after the other.

    solutions: folder of the lessons; timeout: seconds for one cell or test; seed: int; unsafe: without walls;
    address: of a fork server that is there already; without one the grader starts its own.
    """

    def __init__(self, solutions, timeout, seed, unsafe, address=None):
        torch.set_num_threads(1)
        self.timeout, self.seed, self.unsafe = timeout, seed, unsafe
        self.lesson = cache(lambda name: load_lesson(name, solutions))
        self.server = Connection(address) if address else self._new_server()

    def _new_server(self):
        return ForkServer(limits_for(self.timeout), self.unsafe)

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
