"""Student processes that start in a moment: the grader's side of the fork server.

The server itself is autograde.forkserver_main, a process of its own that has imported torch and forks for each request.
It is started once for a class; every worker has a connection to it.
"""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict

from autograde import sandbox

ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
SAFE_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "STRIATE_DATA", "LD_LIBRARY_PATH", "HOME")


class Connection:
    """A connection to a fork server. The student processes that it started end with it."""

    def __init__(self, address):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(address)

    def start(self, seed=0):
        """A new student process, as a StudentProcess. Raises sandbox.NoSandbox where walls cannot be built.

        seed: an int from 0 to 2**32 - 1, from which the student's own random numbers start.
        """
        ours, theirs = socket.socketpair()
        socket.send_fds(self._socket, [f"start {seed}".encode()], [theirs.fileno()])
        theirs.close()
        process = StudentProcess(self, self._answer()["pid"], ours)
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

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class ForkServer(Connection):
    """A fork server and a connection to it; others connect by its `address`. It ends with its owner at the latest.

    It answers once it has imported everything, which takes some seconds; nobody needs to wait for that but who asks.
    """

    def __init__(self, limits=sandbox.Limits(), unsafe=False):
        self._folder = tempfile.mkdtemp(prefix="striate-")            # for this user alone; no student can see it
        self.address = os.path.join(self._folder, "server")
        ours, theirs = socket.socketpair()
        environment = {name: os.environ[name] for name in SAFE_ENVIRONMENT if name in os.environ}
        with socket.socket(socket.AF_UNIX) as listener, theirs:
            listener.bind(self.address)
            listener.listen()
            inherited = [theirs.fileno(), listener.fileno()]
            settings = {"folder": self._folder, "unsafe": unsafe, "limits": asdict(limits)}
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "autograde.forkserver_main", *map(str, inherited), json.dumps(settings)],
                pass_fds=inherited, stdin=subprocess.DEVNULL, start_new_session=True,
                env={**environment, **ONE_THREAD, "MPLBACKEND": "Agg", "PYTHONHASHSEED": "random"})
        self._owner = ours
        super().__init__(self.address)

    def close(self):
        """End the server, and with it every student process, whoever started it."""
        super().close()
        self._owner.close()
        self._process.send_signal(signal.SIGKILL)                     # it may still be importing, and not listen
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


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

    def stop(self):
        """Kill it and all it started, without waiting for its end."""
        if self._ended is None:
            self.socket.close()
            self._ended = self.server.ask("stop", self.pid)["how"]
