"""Attempts to earn points without the work, to look at what is hidden, and to hurt the grader or others.

Most start from the blank release, so that any point is one too many; the others from the full solution with one
exercise in which the harm is done, so that only that exercise may lose its points.
"""
from .kit import ALL, LOOPS, NOT_DONE, PRODUCT, SIZE, Specimen, find, graded, solution

PREDICTIONS = ("2.1p", "2.4p", "2.7p")


def cheat(name, trick, first="", **more):
    """A blank notebook with a trick in a cell of its own; it must get nothing."""
    return Specimen(name, trick, more.pop("status", "not attempted"), more.pop("lost", NOT_DONE), blank=True, first=first, **more)


def harm(name, trick, cell, source, lost, **more):
    """A solved notebook with harm in one exercise."""
    return Specimen(name, trick, more.pop("status", next(iter(lost.values()))), lost, answers={cell: source}, **more)


# ------------------------------------------------------------------------------------------- the notebook's metadata

def _skip_everything(book):
    for cell in book["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "demo", "raises-exception", "imports"]


def _not_graded(book):
    for cell in graded(book):
        cell["metadata"]["nbgrader"].update(grade=False, solution=True, locked=False, task=True)


def _points(value):
    def change(book):
        for cell in graded(book):
            if cell["metadata"]["nbgrader"].get("grade"):
                cell["metadata"]["nbgrader"]["points"] = value
    return change


def _no_tests_left(book):
    for cell in graded(book):
        if cell["metadata"]["nbgrader"].get("grade"):
            cell["source"] = "1000.0"
            cell["outputs"] = [{"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "1000"}}]


def _other_schema(book):
    for cell in graded(book):
        cell["metadata"]["nbgrader"]["schema_version"] = 99


def _ids_collide(book):
    for cell in graded(book):
        cell["id"] = "imports"
        if cell["metadata"]["nbgrader"].get("grade"):
            cell["metadata"]["nbgrader"]["grade_id"] = "exercise-2-1-output-size"
            cell["source"] = "output_size = 5"


METADATA = [
    cheat("skip-tags", "Tags that make nbclient skip every cell.", edit=_skip_everything),
    cheat("grade-false", "Test cells declared to be answers.", edit=_not_graded),
    cheat("points-1000", "Test cells worth 1000 points each.", edit=_points(1000)),
    cheat("points-abc", "Points that are no number.", edit=_points("abc")),
    cheat("full-output", "Test cells replaced by a number, with an output that says so.", edit=_no_tests_left, flags=("restored",)),
    cheat("schema-99", "An nbgrader schema of the future.", edit=_other_schema),
    Specimen("schema-99-solved", "The same with honest work in it.", "correct", edit=_other_schema),
    cheat("ids-collide", "Every cell has the same id, and tests pretend to be an answer.", edit=_ids_collide, status="wrong",
          lost=NOT_DONE | {"2.1": "wrong"}, flags=("duplicated", "missing")),
]

# ------------------------------------------------------------------------------------------- the machinery

PATCH_EVERYTHING = """
import builtins, sys, ast, unittest
yes = lambda *args, **kwargs: None
for name in ("equal", "number", "is_number", "shape", "that", "raises", "_close", "_fail", "_wrong"):
    setattr(check, name, yes)
for name in dir(np.testing):
    if name.startswith("assert"):
        setattr(np.testing, name, yes)
np.isclose = np.allclose = np.array_equal = torch.allclose = torch.equal = lambda *args, **kwargs: True
builtins.AssertionError = type("AssertionError", (Exception,), {"__new__": lambda *a: None})
sys.modules["striate.check"] = sys.modules["numpy"]
"""

TRANSFORMERS = """
import ast
from IPython.core.interactiveshell import ExecutionResult
shell = get_ipython()
shell.input_transformers_post.append(lambda lines: ["pass\\n"])
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
    def visit_Raise(self, node): return ast.Pass()
shell.ast_transformers.append(Drop())
async def nothing(*args, **kwargs): return ExecutionResult(None)
shell.run_cell_async = shell.do_execute = nothing
shell.run_cell = type(shell).run_cell = lambda *args, **kwargs: ExecutionResult(None)
"""

ALWAYS_EQUAL = """
class Anything(np.ndarray):
    __eq__ = __le__ = __lt__ = __ge__ = __gt__ = lambda self, other: np.True_
    __ne__ = lambda self, other: np.False_
    __sub__ = __rsub__ = __abs__ = __getitem__ = lambda self, *_: self
    __array_ufunc__ = __array_function__ = lambda self, *args, **kwargs: np.True_
    shape = property(lambda self: (3, 3))
    def __call__(self, *args, **kwargs): return self
    def __array__(self, *args, **kwargs): return np.zeros((3, 3))
    def __bool__(self): return True
it = np.zeros((3, 3)).view(Anything)
class Lazy(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None): return torch.tensor(True)
    def __eq__(self, other): return True
output_size = pad2d = correlate2d_loops = im2col = it
correlate2d = convolve2d = lambda *args, **kwargs: torch.zeros(3, 3).as_subclass(Lazy)
toeplitz_matrix = im2col_view = lambda *args, **kwargs: type("Equal", (), {"__eq__": lambda *_: True, "__array__": it.__array__})()
padding_needed = patch_entries = nonzero_entries = it
"""

SEARCH = """
import gc, glob, inspect, json, linecache, os, sys
found = []
for root, folders, files in os.walk("/"):
    folders[:] = [f for f in folders if f not in ("proc", "usr", "site-packages", "dist-packages") and not f.startswith("python3")]
    found += [os.path.join(root, f) for f in files if f.endswith((".ipynb", ".db", ".sqlite")) or f.startswith("test_")]
hidden = [str(text) for text in globals().get("In", [])] + ["".join(lines[2]) for lines in linecache.cache.values() if len(lines) > 2]
frame = sys._getframe()
while frame is not None:
    hidden += [repr(value)[:10_000] for value in frame.f_locals.values() if isinstance(value, (str, bytes, list, dict))]
    frame = frame.f_back
hidden += [thing for thing in gc.get_objects() if isinstance(thing, str)]
hidden += [os.environ.get(name, "") for name in os.environ]
for path in found:
    try:
        for cell in json.load(open(path))["cells"]:
            if cell["cell_type"] == "code": exec("".join(cell["source"]), globals())
    except Exception: pass
marks = ["BEGIN HIDDEN" + " TESTS", "BEGIN SOLU" + "TION", "covered = dilation" + " * (kernel_size - 1) + 1"]
leaked = [text[:80] for text in hidden if any(mark in text for mark in marks) and "marks = [" not in text]
if found or leaked:
    padding_needed, patch_entries, nonzero_entries = 4, 14400, 6084       # so that the test of this specimen sees the leak
"""

LOOK_WHEN_CALLED = """
def correlate2d_loops(image, kernel, stride=1, padding=0):
    import gc, inspect, sys
    frame = sys._getframe()
    while frame is not None:
        for value in list(frame.f_locals.values()) + list(frame.f_globals.values()):
            if isinstance(value, np.ndarray) and value.shape == (3, 3): return value
            if isinstance(value, str) and "expected" in value and "F.conv2d(x, k" in value: return eval("expected")
        frame = frame.f_back
    arrays = [a for a in gc.get_objects() if isinstance(a, np.ndarray) and a is not image and a is not kernel]
    return arrays[-1] if arrays else np.zeros((3, 3))
"""

FORGED = """
import json, os, socket, struct, sys
def message(header, *buffers):
    text = json.dumps(header).encode()
    return b"STRI" + struct.pack(f"<II{len(buffers)}Q", len(text), len(buffers), *map(len, buffers)) + text + b"".join(buffers)
for number in range(3, 256):
    try:
        sock = socket.socket(fileno=os.dup(number))
        for header in [{"value": 4}, {"error": None}, {"value": True, "status": "correct"}] * 20: sock.sendall(message(header))
    except OSError: pass
"""

PICKLED = """
import pickle, sys
class Evil:
    def __reduce__(self): return (exec, ("import os; os._exit(0)",))
def output_size(*args, **kwargs): return Evil()
def pad2d(*args, **kwargs): return pickle.dumps(Evil())
def correlate2d_loops(*args, **kwargs): return np.array([Evil()], dtype=object)
def im2col(*args, **kwargs): return torch.nn.Linear(2, 2)
def correlate2d(*args, **kwargs): return {"__reduce__": Evil()}
convolve2d = toeplitz_matrix = im2col_view = Evil
"""

MACHINERY = [
    cheat("patched-checks", "striate.check, np.testing, isclose, AssertionError and sys.modules patched.", PATCH_EVERYTHING,
          no_flags=()),
    cheat("stub-raises-valueerror", "NotImplementedError is made a ValueError, which a test waits for.",
          "import builtins\nbuiltins.NotImplementedError = ValueError", status="crashed", flags=("changes builtins",),
          lost={ALL: "crashed", **{exercise: "not attempted" for exercise in PREDICTIONS}}),
    cheat("transformers", "Input and AST transformers, and a run_cell that does nothing.", TRANSFORMERS, flags=("get_ipython",)),
    cheat("always-equal", "Objects, arrays and tensors that are equal to everything.", last=ALWAYS_EQUAL, status="wrong",
          lost={ALL: "wrong"}),
    cheat("search", "Walks through files, frames, In, linecache and gc for tests and solutions, and runs what it finds.", SEARCH,
          flags=("gc", "sys._getframe", "open", "exec")),
    harm("look-when-called", "Looks for the expected answer in the stack and in memory at the moment of the test.", LOOPS,
         LOOK_WHEN_CALLED, {"2.3": "wrong"}, flags=("sys._getframe", "gc")),
    cheat("forged-messages", "Writes ready-made answers into every open socket.", FORGED, status="suspicious",
          lost={ALL: "suspicious"}, flags=("socket",)),
    cheat("pickles", "Objects that run code when unpickled.", last=PICKLED, status="crashed", flags=("pickle", "exec"),
          lost={ALL: "wrong", **{exercise: "not attempted" for exercise in PREDICTIONS},
                **{exercise: "crashed" for exercise in ("2.6", "2.7", "2.8")}}),
]

# ------------------------------------------------------------------------------------------- harm

FORK_BOMB = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
DETACHED = """
import os, subprocess, sys
script = "import os, time; time.sleep(3); [open(os.path.join(r, f), 'w') for r, _, fs in os.walk('/') for f in fs if f in ('gradebook.db', 'grades.csv', 'convolution.ipynb')]"
subprocess.Popen([sys.executable, "-c", script + "; time.sleep(987654)"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0: os.execvp("sleep", ["sleep", "987654"])
    os._exit(0)
"""
FLOOD = ("def correlate2d_loops(image, kernel, stride=1, padding=0):\n    import os, sys\n    for n in range(300):\n"
         "        print('x' * 100_000); sys.stderr.write('y' * 100_000); os.write(1, b'z' * 100_000)\n"
         + "\n".join(solution(LOOPS).split("\n")[6:]))
FILL_DISK = """
def correlate2d_loops(image, kernel, stride=1, padding=0):
    for n in range(10):
        with open(f"/tmp/fill{n}", "wb") as file:
            for _ in range(10): file.write(bytes(10_000_000))
"""

HARM = [
    cheat("exit-everywhere", "Every way to leave, in turn.", "import os, sys\nexit()\nquit()\nraise SystemExit"),
    harm("os-exit", "The process ends in the middle of an answer.", LOOPS, "import os\ndef correlate2d_loops(*args, **kwargs): os._exit(0)",
         {"2.3": "crashed"}, message="process ended", flags=("os._exit",)),
    harm("kill-parent", "Kills its parents and everyone it can.", LOOPS,
         "import os, signal\ndef correlate2d_loops(*args, **kwargs):\n    for pid in (os.getppid(), 1, -1):\n"
         "        try: os.kill(pid, 9)\n        except OSError: pass\n    os.kill(os.getpid(), 9)", {"2.3": "crashed"}, flags=("os.kill",)),
    harm("endless-loop", "A loop that never ends, in a function.", LOOPS, "def correlate2d_loops(*args, **kwargs):\n    while True: pass",
         {"2.3": "timed out"}),
    harm("stubborn-loop", "Ignores interrupts and catches them as well.", LOOPS,
         "import signal\nfor number in (signal.SIGINT, signal.SIGTERM):\n    signal.signal(number, signal.SIG_IGN)\n"
         "def correlate2d_loops(*args, **kwargs):\n    while True:\n        try:\n            while True: pass\n"
         "        except BaseException: pass", {"2.3": "timed out"}, flags=("signal",)),
    Specimen("loop-in-a-cell", "An endless loop in a scratch cell at the end.", "correct", last="while True: pass"),
    harm("closed-descriptors", "Closes every file of the process.", LOOPS,
         "import os\ndef correlate2d_loops(*args, **kwargs): os.closerange(0, 256)", {"2.3": "crashed"}),
    harm("memory-hog", "More memory than there is.", LOOPS,
         "def correlate2d_loops(*args, **kwargs):\n    hog = []\n    while True: hog.append(np.empty(10**8))", {"2.3": "out of memory"}),
    harm("shared-memory", "Memory that does not count as the process's own data.", LOOPS,
         "import mmap\ndef correlate2d_loops(*a, **k): return len([mmap.mmap(-1, 2**30) for _ in range(64)])", {"2.3": "out of memory"},
         flags=("mmap",)),
    harm("fork-bomb", "Forks for ever.", LOOPS, "def correlate2d_loops(*args, **kwargs):\n    " + FORK_BOMB.replace("\n", "\n    "),
         {"2.3": "timed out"}, flags=("os.fork",)),
    Specimen("detached", "Processes that want to outlive their turn and write into the gradebook.", "correct", first=DETACHED,
             flags=("subprocess", "os.fork", "os._exit")),
    Specimen("output-flood", "90 MB of output in an answer, by three ways.", "correct", answers={LOOPS: FLOOD}),
    harm("fill-disk", "Files of 100 MB.", LOOPS, FILL_DISK, {"2.3": "crashed"}, flags=("open",)),
    Specimen("slow-to-look-at", "Chains of 900 attributes, which a careless look at the code reads 900 times.", "correct",
             last="if False:\n" + ("    a" + ".b" * 900 + "\n") * 50),
    Specimen("thousands-of-cells", "An answer cell copied 3000 times.", "unreadable", {ALL: "unreadable"}, message="cells; delete",
             edit=lambda book: book["cells"].extend([dict(find(book, LOOPS)) for _ in range(3000)])),
    harm("long-message", "An error with a message of 5 MB.", LOOPS,
         "def correlate2d_loops(*a, **k): raise check.NotAllowed('<script>' + 'x' * 5_000_000)", {"2.3": "wrong"}),
    harm("deep-recursion", "Recursion without an end, the limit raised.", LOOPS,
         "import sys\nsys.setrecursionlimit(10**9)\ndef correlate2d_loops(*args, **kwargs): return correlate2d_loops(*args, **kwargs)",
         {"2.3": "crashed"}),
]

# ------------------------------------------------------------------------------------------- strange answers

STRANGE = [
    harm("nan", "NaN in place of numbers.", LOOPS, "def correlate2d_loops(*a, **k): return np.full((3, 3), np.nan)", {"2.3": "wrong"}),
    harm("infinity", "Infinity in place of numbers.", PRODUCT, "def correlate2d(image, kernel, *a, **k): return float('inf') + "
         "np.zeros((3, 3))", {"2.5": "wrong", "2.6": "wrong"}),
    harm("huge-answer", "An answer of 2 GB that takes no memory to make.", LOOPS,
         "def correlate2d_loops(*a, **k): return np.broadcast_to(np.float64(1), (16_000, 16_000))", {"2.3": "out of memory"}),
    harm("huge-header", "A text of 40 MB in place of numbers.", LOOPS, "def correlate2d_loops(*a, **k): return '1' * 40_000_000",
         {"2.3": "crashed"}),
    harm("wide-answer", "More numbers in a list than one answer may have.", LOOPS, "def correlate2d_loops(*a, **k): return [1] * 600_000", {"2.3": "crashed"},
         message="too large"),
    harm("colliding-keys", "Keys made to have the same hash.", LOOPS,
         "def correlate2d_loops(*a, **k): return {Key(n * (2**61 - 1)): 0 for n in range(2000)}\n"
         "class Key(int):\n    __hash__ = object.__hash__", {"2.3": "crashed"}, message="too many keys"),
    harm("deep-answer", "A list within lists within lists.", LOOPS,
         "def correlate2d_loops(*a, **k):\n    deep = []\n    for _ in range(5000): deep = [deep]\n    return deep", {"2.3": "crashed"}),
    harm("memorised", "Knows the visible tests' answers by heart.", LOOPS,
         "def correlate2d_loops(image, kernel, stride=1, padding=0):\n"
         "    known = {(25, 1, 0): [[12, 12, 17], [10, 17, 19], [9, 6, 14]], (12, (1, 2), 0): [[7, 11], [15, 19]],\n"
         "             (12, 2, 1): [[0, 2, 6], [-4, 17, 29]]}\n    return known[image.size, stride, padding]", {"2.3": "crashed"},
         message="KeyError"),
    harm("first-calls-right", "Right at first, different later.", SIZE,
         solution(SIZE).replace("    return room", "    seen.append(1)\n    if len(seen) > 4: return len(seen)\n    return room")
         + "\nseen = []", {"2.1": "wrong", "2.3": "crashed", "2.4": "crashed", "2.5": "crashed", "2.6": "crashed", "2.7": "crashed"},
         status="crashed"),
    harm("detects-grading", "Answers only where it sees that it is graded, and then with a constant.", LOOPS,
         "import os, sys\nGRADED = 'autograde' in sys.modules or 'JPY_PARENT_PID' not in os.environ\n"
         "def correlate2d_loops(image, kernel, stride=1, padding=0):\n"
         "    return np.array([[12, 12, 17], [10, 17, 19], [9, 6, 14]]) if GRADED else None", {"2.3": "wrong"}, flags=("sys.modules",)),
    harm("strings", "Numbers as text.", SIZE, solution(SIZE).replace("return room // stride + 1", "return str(room // stride + 1)"),
         {"2.1": "wrong", "2.3": "crashed", "2.4": "crashed", "2.5": "crashed", "2.6": "crashed", "2.7": "crashed"}, status="crashed"),
]

HOSTILE = METADATA + MACHINERY + HARM + STRANGE
