"""Student processes that start in a moment: forked from a process that has imported torch already.

The fork server runs as a process of its own, `python -m autograde.forkserver FD`, which imports what lessons need and
then waits. For each request it forks; the child goes behind the sandbox's walls and serves its socket. It never sees
a lesson, a solution or a submission, so nothing of them can be found in a student's memory.

Nothing may start a thread here before a fork, and nothing may compute: a pool of threads does not survive forking.
"""
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict

from autograde import sandbox, student

ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
SAFE_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "STRIATE_DATA", "LD_LIBRARY_PATH", "HOME")


class ForkServer:
    """The grader's hold on a fork server. Close it, or use it in a `with` block."""

    def __init__(self, limits=sandbox.Limits(), unsafe=False):
        ours, theirs = socket.socketpair()
        environment = {name: os.environ[name] for name in SAFE_ENVIRONMENT if name in os.environ}
        self._socket = ours
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "autograde.forkserver", str(theirs.fileno()),
             json.dumps({**asdict(limits), "unsafe": unsafe})],
            pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True,
            env={**environment, **ONE_THREAD, "MPLBACKEND": "Agg", "PYTHONHASHSEED": "random"})
        theirs.close()

    def start(self, seed=0):
        """A new student process, as a StudentProcess. Raises sandbox.NoSandbox where walls cannot be built.

        seed: an int from 0 to 2**32 - 1, from which the student's own random numbers start.
        """
        ours, theirs = socket.socketpair()
        socket.send_fds(self._socket, [f"start {seed}".encode()], [theirs.fileno()])
        theirs.close()
        answer = self._answer()
        if "problem" in answer:
            raise sandbox.NoSandbox(answer["problem"])
        process = StudentProcess(self, answer["pid"], ours)
        if ours.recv(1) != b"!":             # sent from behind the walls
            raise sandbox.NoSandbox(process.end())
        return process

    def ask(self, word, pid):
        self._socket.sendall(f"{word} {pid}".encode())
        return self._answer()

    def _answer(self):
        text = self._socket.recv(4096)
        if not text:
            raise RuntimeError("the fork server has ended")
        return json.loads(text)

    def close(self):
        self._socket.close()
        self._process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class StudentProcess:
    """A process that runs one student's code, and the socket to talk to it."""

    def __init__(self, server, pid, sock):
        self.server, self.pid, self.socket = server, pid, sock
        self._ended = None

    def interrupt(self):
        """As Ctrl-C would."""
        if self._ended is None:
            self.server.ask("interrupt", self.pid)

    def end(self):
        """Kill it and all it started. Returns in words how it ended, if it did so by itself."""
        if self._ended is None:
            self.socket.close()
            self._ended = self.server.ask("end", self.pid)["how"]
        return self._ended


# ---------------------------------------------------------------------------------------------- the server itself

def main(fd, settings):
    unsafe = settings.pop("unsafe")
    limits = sandbox.Limits(**settings)
    control = socket.socket(fileno=fd)
    _import_everything()
    with tempfile.TemporaryDirectory(prefix="striate-") as mount_point:
        _serve(control, lambda: _go_behind_walls(limits, sandbox.readable_folders(), mount_point, unsafe))


def _serve(control, go_behind_walls):
    while True:
        message, fds, _, _ = socket.recv_fds(control, 64, 1)
        word, _, number = message.decode().partition(" ")
        if word == "start":
            child = os.fork()
            if child == 0:
                _become_student(control, fds[0], int(number), go_behind_walls)
            os.close(fds[0])
            answer = {"pid": child}
        elif word == "interrupt":
            answer = {"done": _signal(int(number), signal.SIGINT)}
        elif word == "end":
            answer = {"how": _end(int(number))}
        else:                                # the grader has gone; so do we, and the students' processes with us
            return
        control.sendall(json.dumps(answer).encode())


def _go_behind_walls(limits, folders, mount_point, unsafe):
    if unsafe:
        sandbox.set_limits(limits)
    else:
        sandbox.enter(limits, folders, mount_point)


def _import_everything():
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot               # noqa: F401
    import scipy.ndimage                   # noqa: F401
    import scipy.signal                    # noqa: F401
    import sklearn.datasets                # noqa: F401
    import torch._dynamo                   # noqa: F401 — a second's work that the first optimizer would cause
    import torch.nn.functional             # noqa: F401
    import torchvision                     # noqa: F401
    import striate.data                    # noqa: F401
    import striate.plot                    # noqa: F401
    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()


def _become_student(control, fd, seed, go_behind_walls):
    """In the forked child: never returns."""
    code = 1
    try:
        control.close()
        os.environ["PATH"] = "/usr/bin:/bin"
        os.environ.pop("PYTHONPATH", None)
        os.setsid()
        _be_the_first_to_die()
        sandbox.LIBC.prctl(sandbox.PR_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nowhere, number)
        os.close(nowhere)
        sock = socket.socket(fileno=fd)
        go_behind_walls()
        sock.sendall(b"!")
        student.serve(sock, seed)
        code = 0
    finally:
        os._exit(code)


def _be_the_first_to_die():
    """Where a student's processes take all of the machine's memory, the kernel shall end them and not the grader."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:                          # no /proc, or not Linux's
        pass


def _signal(pid, number):
    try:
        os.killpg(pid, number)
        return True
    except ProcessLookupError:
        return False


def _end(pid):
    """Kill a student process and bury it; says how it ended if it did so by itself within a moment."""
    for _ in range(20):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return _in_words(os.waitstatus_to_exitcode(status))
        time.sleep(0.01)
    _signal(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return "it was stopped"


def _in_words(code):
    number = -code if code < 0 else code - 128 if code > 128 else 0
    names = {signal.SIGXCPU: "it used up its processor time", signal.SIGSEGV: "it crashed (segmentation fault)",
             signal.SIGABRT: "it crashed (abort; often this means out of memory)", signal.SIGKILL: "it was killed",
             signal.SIGXFSZ: "it wrote a file that is too large"}
    return names.get(number, f"it left with exit code {code}")


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(sys.argv[2]))
    os._exit(0)                              # what triton leaves behind would be complained of on the way out
