"""One student's notebook at work: its cells run in a sandboxed process, which is started again when it dies."""
import hashlib
import time

from autograde import check
from autograde.remote import Remote, StudentGone
from autograde.sandbox import WHOLE_NOTEBOOK

GRACE = 5.0        # seconds an interrupted cell has to stop before its process is killed


class Session:
    """Runs a submission's cells, then tests.

    cells: (cell id, source) in order; timeout: seconds for one cell or one test; the whole notebook has ten times as
    much. A cell that kills its process, or hangs and cannot be interrupted, is left out when the process is started
    again. seed: an int; the tests' random inputs start from it and, by a step that cannot be undone, the student's own
    random numbers. `errors`: cell id -> (status, what a cell's code stopped with, as one sentence).
    """

    def __init__(self, server, cells, timeout, seed):
        self.server, self.cells, self.timeout, self.seed = server, list(cells), timeout, seed
        self.end_of_turn = time.monotonic() + WHOLE_NOTEBOOK * timeout
        self.errors, self.left_out, self.remote = {}, set(), None

    def run_test(self, test, names, number):
        """Run the test cell with this number -> (status, message); a process that it kills costs this test alone."""
        if not self._ready():
            return "timed out", "The notebook as a whole took longer than its time limit."
        self.remote.deadline = self._deadline()
        status, message = check.run_test(test, names, self.remote, (self.seed, number))
        if status in ("timed out", "crashed", "suspicious") and not self._usable(status):
            self.close()
        return status, message

    def close(self):
        if self.remote is not None:
            self.remote.process.stop()
            self.remote = None

    def _ready(self):
        """Have a live process in which all cells have run; False when the notebook's time is up."""
        while self.remote is None:
            if time.monotonic() >= self.end_of_turn:
                return False
            self.remote = Remote(self.server.start(_students_seed(self.seed)))
            for place, (cell, source) in enumerate(self.cells):
                if place not in self.left_out and not self._run_cell(cell, source):
                    self.left_out.add(place)
                    self.close()
                    break
        return True

    def _run_cell(self, cell, source):
        """Run one cell; False if the process is of no use afterwards."""
        self.remote.deadline = self._deadline()
        try:
            error = self.remote.run_cell(source)
        except StudentGone as gone:
            self.errors[cell] = gone.status, str(gone)
            return self._usable(gone.status)
        if isinstance(error, dict):
            self.errors[cell] = check.of_error(error)
        return True

    def _usable(self, status):
        """Whether the process can go on: after a time-out only if it can be interrupted, after a crash if it lives."""
        if status == "timed out":
            return self.remote.recover(GRACE)
        return status == "crashed" and self.remote.alive

    def _deadline(self):
        return min(time.monotonic() + self.timeout, self.end_of_turn)


def _students_seed(seed):
    """What the student's process may know: nothing that leads back to the seed of the tests."""
    return int.from_bytes(hashlib.sha256(f"student {seed}".encode()).digest()[:4], "big")
