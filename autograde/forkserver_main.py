"""The fork server: a process that has imported what lessons need, and forks a student's process whenever it is asked.

It is started by autograde.forkserver, with an environment that holds nothing private. It never sees a lesson, a solution
or a submission, so nothing of them can be found in a student's memory. Each child goes behind the sandbox's walls and
then serves its socket.

Nothing may start a thread here before a fork, and nothing may compute: a pool of threads does not survive forking.
"""
import gc
import json
import os
import select
import shutil
import signal
import socket
import sys
import time

from autograde import sandbox, student


def main(owner, listener, settings):
    """Serve until the owner hangs up. owner, listener: sockets; settings: see autograde.forkserver.ForkServer."""
    signal.signal(signal.SIGINT, signal.default_int_handler)      # whatever whoever started us does with Ctrl-C
    _import_everything()
    limits, mount_point = sandbox.Limits(**settings["limits"]), os.path.join(settings["folder"], "root")
    os.mkdir(mount_point)
    if settings["unsafe"]:
        server = Server(lambda: sandbox.set_limits(limits))
    else:
        server = Server(lambda: sandbox.enter(limits, sandbox.readable_folders(), mount_point))
    server.serve(owner, listener)
    shutil.rmtree(settings["folder"], ignore_errors=True)


class Server:
    """Starts and ends student processes for whoever has a connection."""

    def __init__(self, go_behind_walls):
        self.go_behind_walls = go_behind_walls
        self.students = {}                   # connection -> ids of the processes that it started and has not ended
        self.dying = set()                   # ids of killed processes that are still to be buried
        self.sockets = ()

    def serve(self, owner, listener):
        """Answer requests until the owner hangs up, which is all it ever does here."""
        while True:
            self.sockets = (owner, listener, *self.students)
            ready, _, _ = select.select(self.sockets, [], [])
            self.dying -= {pid for pid in self.dying if os.waitpid(pid, os.WNOHANG)[0]}
            if owner in ready:
                break
            if listener in ready:
                self.students[listener.accept()[0]] = set()
            for connection in self.students.keys() & set(ready):
                if not self._answer(connection):
                    self._forget(connection)
        for connection in list(self.students):
            self._forget(connection)

    def _answer(self, connection):
        """Do what one request asks for; False if there is nobody any more who asks."""
        try:
            message, fds, _, _ = socket.recv_fds(connection, 64, 1)
            word, _, number = message.decode().partition(" ")
            if word == "start":
                answer = {"pid": self._start(connection, fds[0], int(number))}
            elif word == "interrupt":
                answer = {"done": _signal(int(number), signal.SIGINT)}
            elif word == "end":
                answer = {"how": self._end(connection, int(number))}
            elif word == "stop":
                answer = {"how": self._stop(connection, int(number))}
            else:
                return False
            connection.sendall(json.dumps(answer).encode())
            return True
        except OSError:                      # it went away in the middle
            return False

    def _start(self, connection, fd, seed):
        child = os.fork()
        if child == 0:
            _become_student(self.sockets, fd, seed, self.go_behind_walls)
        os.close(fd)
        self.students[connection].add(child)
        return child

    def _end(self, connection, pid):
        """Kill a student process and bury it; says how it ended if it did so by itself within a moment."""
        for _ in range(20):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self.students[connection].discard(pid)
                return _in_words(os.waitstatus_to_exitcode(status))
            time.sleep(0.01)
        return self._stop(connection, pid)

    def _stop(self, connection, pid):
        """Kill a student process; it is buried later, so that nobody waits for its walls to be taken down."""
        _signal(pid, signal.SIGKILL)
        self.students[connection].discard(pid)
        self.dying.add(pid)
        return "it was stopped"

    def _forget(self, connection):
        for pid in list(self.students[connection]):
            self._stop(connection, pid)
        del self.students[connection]
        connection.close()


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


def _become_student(sockets, fd, seed, go_behind_walls):
    """In the forked child: never returns. sockets: the server's own, which are none of a student's business."""
    code = 1
    try:
        for server_socket in sockets:
            server_socket.close()
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


def _in_words(code):
    number = -code if code < 0 else code - 128 if code > 128 else 0
    names = {signal.SIGXCPU: "it used up its processor time", signal.SIGSEGV: "it crashed (segmentation fault)",
             signal.SIGABRT: "it crashed (abort; often this means out of memory)", signal.SIGKILL: "it was killed",
             signal.SIGXFSZ: "it wrote a file that is too large"}
    return names.get(number, f"it left with exit code {code}")


if __name__ == "__main__":
    main(*(socket.socket(fileno=int(number)) for number in sys.argv[1:3]), json.loads(sys.argv[3]))
    os._exit(0)                              # what triton leaves behind would be complained of on the way out
