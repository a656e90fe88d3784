"""The student's side of the wall: runs cells, and answers the grader's questions about what they made.

This runs in the student's process, next to the student's code, which may change anything here. Nothing that comes
from this side is trusted: the grader takes plain values from it and judges them itself.
"""
import builtins
import contextlib
import functools
import io
import os
import random
import re
import sys

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from autograde import module_copy, switched_off, wall
from striate import check
from striate.modules import VERBS


class Student:
    """Serves one socket. Requests are {"do": name of a do_ method, …}; each gets one reply."""

    def __init__(self, sock):
        self.sock = sock
        self.process = os.getpid()
        self.shell = _shell()
        self.objects = []            # what stands behind the numbers that crossed the wall

    def serve(self):
        """Answer requests until the grader hangs up."""
        while True:
            try:
                header, buffers = wall.receive(self.sock)
            except EOFError:
                return
            except KeyboardInterrupt:        # the grader's interrupt came between two requests
                continue
            try:
                answer = getattr(self, "do_" + header["do"])(header, buffers)
            except BaseException as error:   # SystemExit and KeyboardInterrupt of the student's code among them
                answer = {"error": describe_error(error)}, []
            if os.getpid() != self.process:  # a copy that the student's code forked: it has no say here
                os._exit(0)
            self._reply(*answer)

    def _reply(self, header, buffers):
        try:
            wall.send(self.sock, header, buffers)
        except (wall.CannotCross, ValueError) as error:
            wall.send(self.sock, {"error": describe_error(error)})

    def do_cell(self, header, buffers):
        """Run one cell as a notebook would, magics and top-level await included."""
        with contextlib.redirect_stdout(io.TextIOWrapper(open(os.devnull, "wb"))):
            result = self.shell.run_cell(header["source"], store_history=False)
        error = result.error_before_exec or result.error_in_exec
        return {"error": describe_error(error) if error is not None else None}, []

    def do_look(self, header, buffers):
        """The value of a global name."""
        if header["name"] not in self.shell.user_ns:
            return {"missing": True}, []
        return self._value(self.shell.user_ns[header["name"]])

    def do_call(self, header, buffers):
        """Call an object with plain arguments; also send back the arrays that the call changed in place."""
        arrays = {}
        arguments, keywords = wall.decode(header["arguments"], buffers, self._resolve, arrays)
        before = {number: bytes(buffers[number]) for number in arrays}
        function = self.objects[header["target"]]
        if header["verb"] is not None:
            function = functools.partial(VERBS[header["verb"]].on_module, function)
        try:
            if header["without"]:
                value = switched_off.call_without(header["without"], function, arguments, keywords)
            else:
                value = function(*arguments, **keywords)
        except check.NotAllowed as error:
            return {"not allowed": error.function}, []
        answer, answer_buffers = self._value(value)
        answer["changed"] = []
        for number, array in arrays.items():
            if wall.raw_bytes(array) != before[number]:
                answer["changed"].append([number, wall.encode(array, answer_buffers, None)])
        return answer, answer_buffers

    def do_build(self, header, buffers):
        """A copy of a module of the test; the reply is the number it has here."""
        description, condition = wall.decode(header["module"], buffers, self._resolve)
        module = module_copy.build(description)
        module_copy.bring_into(module, condition, types_too=True)
        return {"number": self._opaque(module)[0]}, []

    def do_condition(self, header, buffers):
        """What has become of such a copy."""
        return self._value(module_copy.condition(self.objects[header["target"]]))

    def _value(self, value):
        buffers = []
        return {"value": wall.encode(value, buffers, self._opaque)}, buffers

    def _opaque(self, value):
        self.objects.append(value)
        return [len(self.objects) - 1, type(value).__name__, callable(value)]

    def _resolve(self, number, type_name, is_callable):
        if type_name == "callback":
            return lambda *arguments, **keywords: self._call_back(number, arguments, keywords)
        return self.objects[number]

    def _call_back(self, number, arguments, keywords):
        """Call a function of the test, which stays in the grader."""
        buffers = []
        wall.send(self.sock, {"callback": number,
                              "arguments": wall.encode((arguments, keywords), buffers, self._opaque)}, buffers)
        header, buffers = wall.receive(self.sock)
        if header.get("error"):
            raise RuntimeError(header["error"])
        return wall.decode(header["value"], buffers, self._resolve)


def serve(sock, seed):
    """Make this process a student's process: quiet, seeded, one thread, and answering on `sock`.

    seed: an int. The same submission meets the same random numbers whenever it is graded again; only generators that it
    makes itself and does not seed, such as numpy's default_rng(), differ.
    """
    random.seed(seed)
    sys.modules["numpy"].random.seed(seed)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)
    Student(sock).serve()


def describe_error(error):
    """What crosses of an exception: class name, the built-in class it is a kind of, message, line, and if memory ran out."""
    kinds = [kind.__name__ for kind in type(error).__mro__ if getattr(builtins, kind.__name__, None) is kind]
    try:
        message = f"{error.msg} (line {error.lineno})" if isinstance(error, SyntaxError) else str(error)
    except Exception:
        message = ""
    out_of_memory = isinstance(error, MemoryError) or bool(re.search("(can.t|cannot) allocate memory", message.lower()))
    return {"class": type(error).__name__, "kind": kinds[0] if kinds else "Exception", "message": message[:2000],
            "line": _students_line(error), "out of memory": out_of_memory}


def _students_line(error):
    """The last line of the student's own cells in the traceback, as text, or ""."""
    import linecache
    line, step = "", error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if step.tb_frame.f_globals.get("__name__") == "__main__":
            line = linecache.getline(code.co_filename, step.tb_lineno).strip() or line
        step = step.tb_next
    return line[:200]


class QuietShell(InteractiveShell):
    """IPython's shell without a kernel, a terminal, windows or a history file."""

    system = InteractiveShell.system_raw         # `!ls` without a terminal of its own

    def enable_matplotlib(self, gui=None):       # `%matplotlib inline`: figures go nowhere here
        return "agg", "agg"

    def enable_gui(self, gui=None):
        pass

    def ask_exit(self):                          # `exit()` in a cell
        pass


def _shell():
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    return QuietShell.instance(config=config)
