"""The grader's side of the wall: a student's process, its functions and its objects, seen through plain values."""
import builtins
import inspect
import time

import torch

from striate import check

from autograde import module_copy, wall


class StudentGone(BaseException):
    """The student's process gave no usable answer. Not an Exception, so that no test swallows it by accident."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Missing(Exception):
    """The student's notebook does not define a name that a test uses."""


class Remote:
    """One student's process. `deadline` (time.monotonic() value) bounds every answer; the caller sets it."""

    def __init__(self, process):
        self.process = process               # has .socket, .interrupt(), .stop(), .end() -> why it ended
        self.deadline = None
        self.alive = True
        self._callbacks = []
        self._modules = []                  # (module of the test, number of its copy) of the call under way

    def run_cell(self, source):
        """Run a cell; returns None or the description of its error."""
        header, _ = self._ask({"do": "cell", "source": source})
        return header.get("error")

    def look(self, name):
        """What a global name stands for: a plain value, a RemoteFunction or a Handle. Raises Missing."""
        header, buffers = self._ask({"do": "look", "name": name})
        if header.get("missing"):
            raise Missing(name)
        value = self._value(header, buffers)
        if isinstance(value, Handle):
            value.__name__ = name
        return value

    def call(self, number, arguments, keywords, without=(), verb=None):
        """Call one of the student's objects with plain arguments and return what it returns.

        verb: one of striate.modules.VERBS to carry out on the object instead of calling it.

        Arrays and modules among the arguments that the student's function changed are changed here too, as in a
        notebook.
        """
        buffers, sent, self._modules = [], {}, []
        encoded = wall.encode((arguments, keywords), buffers, self._opaque, sent)
        modules = self._modules
        header, reply_buffers = self._ask(
            {"do": "call", "target": number, "verb": verb, "without": list(without), "arguments": encoded}, buffers)
        if isinstance(header.get("not allowed"), str):
            raise check.NotAllowed(header["not allowed"][:100])
        value = self._value(header, reply_buffers)
        for changed in _well_formed_list(header.get("changed", [])):
            if len(_well_formed_list(changed)) != 2 or changed[0] not in sent:
                raise _strange_answer()
            self._overwrite(sent[changed[0]], self._decode(changed[1], reply_buffers))
        for module, number in modules:
            self._bring_back(module, number)
        return value

    def recover(self, seconds):
        """After a time-out: interrupt the student's code; True if the process can answer again."""
        self.process.interrupt()
        try:
            reply, _ = wall.receive(self.process.socket, time.monotonic() + seconds)
        except (TimeoutError, EOFError, OSError, wall.StrangeMessage):
            return False
        return "callback" not in reply

    def _ask(self, header, buffers=()):
        try:
            wall.send(self.process.socket, header, buffers, self.deadline)
            while True:
                reply, reply_buffers = wall.receive(self.process.socket, self.deadline)
                if "callback" not in reply:
                    return reply, reply_buffers
                self._answer_callback(reply, reply_buffers)
        except TimeoutError:
            raise StudentGone("timed out", "It took longer than the time limit. Is there a loop that never ends?") from None
        except (EOFError, OSError):
            self.alive = False
            raise StudentGone("crashed", f"The notebook's process ended in the middle: {self.process.end()}.") from None
        except (wall.StrangeMessage, RecursionError, MemoryError):
            raise _strange_answer() from None

    def _answer_callback(self, header, buffers):
        number = header["callback"]
        if not isinstance(number, int) or not 0 <= number < len(self._callbacks):
            raise wall.StrangeMessage("no such callback")
        arguments = self._decode(header.get("arguments"), buffers)
        if not (isinstance(arguments, tuple) and len(arguments) == 2
                and isinstance(arguments[0], tuple) and isinstance(arguments[1], dict)):
            raise wall.StrangeMessage("not arguments")
        reply_buffers = []
        try:
            value = self._callbacks[number](*arguments[0], **arguments[1])
            reply = {"value": wall.encode(value, reply_buffers, self._opaque)}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        wall.send(self.process.socket, reply, reply_buffers, self.deadline)

    def _value(self, header, buffers):
        if header.get("error"):
            raise _as_exception(header["error"])
        if "value" not in header:
            raise _strange_answer()
        return self._decode(header["value"], buffers)

    def _decode(self, node, buffers):
        try:
            return wall.decode(node, buffers, self._stand_in)
        except (wall.StrangeMessage, RecursionError, MemoryError):
            raise _strange_answer() from None

    def _overwrite(self, array, changed):
        try:
            wall.overwrite(array, changed)
        except (wall.StrangeMessage, AttributeError, ValueError):
            raise _strange_answer() from None

    def _send_copy(self, module):
        """Build a copy of a test's module in the student's process -> the number it has there."""
        buffers = []
        plan = wall.encode((module_copy.describe(module), module_copy.condition(module)), buffers, self._opaque)
        number = self._ask({"do": "build", "module": plan}, buffers)[0].get("number")
        if not isinstance(number, int):
            raise _strange_answer()
        self._modules.append((module, number))
        return number

    def _bring_back(self, module, number):
        """Put a test's module into the condition that its copy is in after the call."""
        header, buffers = self._ask({"do": "condition", "target": number})
        try:
            module_copy.bring_into(module, self._value(header, buffers))
        except (TypeError, KeyError, AttributeError, RuntimeError):
            raise _strange_answer() from None

    def _stand_in(self, number, type_name, is_callable):
        return (RemoteFunction if is_callable else Handle)(self, number, type_name[:100])

    def _opaque(self, value):
        if isinstance(value, Handle):
            return [value.number, value.type_name, isinstance(value, RemoteFunction)]
        if isinstance(value, torch.nn.Module):
            return [self._send_copy(value), "module", True]
        if inspect.isroutine(value):
            self._callbacks.append(value)
            return [len(self._callbacks) - 1, "callback", True]
        raise wall.CannotCross(f"a test may not hand over {check.describe(value)}")


class Handle:
    """Stands for an object that stays in the student's process."""

    def __init__(self, remote, number, type_name):
        self.remote, self.number, self.type_name = remote, number, type_name

    def act_over_there(self, verb, *arguments):
        """Carry out one of striate.modules.VERBS on the object."""
        return self.remote.call(self.number, arguments, {}, verb=verb)


class RemoteFunction(Handle):
    """A student's function (or anything callable): calling it sends plain values and returns plain values."""

    def __init__(self, remote, number, type_name, switched_off=()):
        super().__init__(remote, number, type_name)
        self.switched_off = switched_off
        self.__name__ = type_name

    def __call__(self, *arguments, **keywords):
        return self.remote.call(self.number, arguments, keywords, self.switched_off)

    def without(self, *names):
        """The same function with some library functions switched off on the student's side; see check.without."""
        copy = RemoteFunction(self.remote, self.number, self.type_name, (*self.switched_off, *names))
        copy.__name__ = self.__name__
        return copy


def _as_exception(described):
    """An exception of the student's code, as Python's own class where it is of one, marked as the student's."""
    if not isinstance(described, dict):
        raise _strange_answer()
    text = {key: str(described.get(key, ""))[:2000] for key in ("class", "kind", "message", "line")}
    kind = getattr(builtins, text["kind"], None)
    error = check.StudentError(f"{text['class']}: {text['message']}")
    ends_loops = (StopIteration, StopAsyncIteration)     # raised here, they would end a test's loop as if all were well
    if isinstance(kind, type) and issubclass(kind, Exception) and kind is not Exception and kind not in ends_loops:
        try:
            error = kind(text["message"])
        except TypeError:                    # a class such as UnicodeDecodeError, which wants more than a message
            pass
    error.from_student = {**text, "out of memory": described.get("out of memory") is True}
    return error


def _well_formed_list(value):
    if not isinstance(value, list):
        raise _strange_answer()
    return value


def _strange_answer():
    return StudentGone("suspicious", "The notebook's process sent something that is not an answer.")
