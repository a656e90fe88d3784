"""A student's process: what its code can do behind the walls, and what a dead process costs."""
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograde import session
from autograde.check import import_names
from autograde.forkserver import ForkServer
from autograde.judge import overall_status, run_tests
from autograde.lesson import COURSE, Cell, Lesson
from autograde.remote import Remote

ADD, FILL = "exercise-2-1-add", "exercise-2-2-fill"
LESSON = Lesson("02_tiny", Path("tiny.ipynb"), (
    Cell("imports", "imports", "import numpy as np\nimport torch\nimport torch.nn.functional as F\nfrom striate import check"),
    Cell(ADD, "answer", "def add(a, b):\n    return a + b"),
    Cell("test-2-1-add", "test", "rng = check.rng()\na, b = rng.standard_normal((2, 3, 4))\n"
                                 "check.equal(check.without(add, *check.CONVOLUTIONS)(a, b), a + b, 'add')", 2),
    Cell(FILL, "answer", "def fill(x, function):\n    x *= 2\n    return function(x)"),
    Cell("test-2-2-fill", "test", "x = torch.arange(5.)\ngot = fill(x, lambda y: y.sum())\n"
                                  "check.equal(x, 2 * torch.arange(5.), 'fill')\ncheck.equal(got, 20, 'fill')", 3),
))


def grade(server, add=None, timeout=10, added=None, seed=5):
    """Run the lesson with another answer to its first exercise -> [(status, message), (status, message)]."""
    cells = [(cell.id, cell.source) for cell in LESSON.with_role("imports", "answer")]
    cells[1] = ADD, cells[1][1] if add is None else add
    if added:
        cells.insert(1, ("added-1", added))
    results = run_tests(LESSON, cells, server, timeout, seed)
    assert [test["points"] for test in results] == [
        test["max_points"] * (test["status"] == "correct") for test in results]
    return [(test["status"], test["message"]) for test in results]


def test_right_answers_are_correct_and_arrays_changed_in_place_come_back(server):
    assert grade(server) == [("correct", ""), ("correct", "")]


STYLES = {
    "float32": "def add(a, b): return (a + b).astype('float32')",
    "lists": "def add(a, b): return (a + b).tolist()",
    "torch": "def add(a, b): return torch.from_numpy(a) + torch.from_numpy(b)",
    "lambda": "add = lambda a, b: a + b",
    "callable object": "class Adder:\n    def __call__(self, a, b): return np.add(a, b)\nadd = Adder()",
    "magics, warnings, prints": "%matplotlib inline\nimport warnings, sys\nwarnings.warn('!')\nprint('x', file=sys.stderr)\n"
                                "!ls /\ndef add(a, b):\n    warnings.warn('again'); print('y' * 10**6); return a + b",
    "await": "import asyncio\nawait asyncio.sleep(0)\ndef add(a, b): return a + b",
    "a plot": "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()\ndef add(a, b): return a + b",
    "an error after the definition": "def add(a, b): return a + b\nadd(1)",
    "a loop after the definition": "def add(a, b): return a + b\nwhile True: pass",
    "exit after the definition": "def add(a, b): return a + b\nexit()",
}


@pytest.mark.parametrize("style", STYLES)
def test_right_answers_in_other_styles_keep_their_points(server, style):
    assert grade(server, STYLES[style], timeout=5) == [("correct", ""), ("correct", "")]


NO_ANSWER = {
    "stub": ("def add(a, b): raise NotImplementedError('Exercise 2.1')", "not attempted", "Exercise 2.1 is not done yet."),
    "deleted": ("", "not attempted", "`add` is not defined"),
    "syntax": ("def add(a, b:\n  return a + b", "crashed", "SyntaxError: '(' was never closed (line 1)"),
    "wrong": ("def add(a, b): return a - b", "wrong", "add: at [0, 0] expected"),
    "exception": ("def add(a, b):\n    return a[99]", "crashed", "IndexError: index 99 is out of bounds for axis 0 with "
                  "size 3 in the line `return a[99]`."),
    "own exception": ("class Mine(Exception): pass\ndef add(a, b): raise Mine('no')", "crashed", "stopped with Mine: no"),
    "recursion": ("def add(a, b): return add(a, b)", "crashed", "RecursionError"),
    "loop": ("def add(a, b):\n    while True: pass", "timed out", "loop that never ends"),
    "stubborn loop": ("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass", "timed out", "loop"),
    "exit": ("import os\ndef add(a, b): os._exit(0)", "crashed", "it left with exit code 0"),
    "exit in the cell": ("import os\nos._exit(0)", "crashed", "it left with exit code 0"),
    "segmentation fault": ("import ctypes\ndef add(a, b): ctypes.string_at(0)", "crashed", "segmentation fault"),
    "memory": ("def add(a, b): return np.ones((10**6, 10**6))", "out of memory", "more memory than there is"),
    "memory in torch": ("def add(a, b): return torch.ones(10**6, 10**6)", "out of memory", "more memory than there is"),
    "shared memory": ("import mmap\ndef add(a, b):\n    held = [mmap.mmap(-1, 2**30) for _ in range(64)]\n    return a * len(held)",
                      "out of memory", "more memory than there is"),
    "killing everyone": ("import os, signal\ndef add(a, b):\n    try: os.kill(-1, signal.SIGKILL)\n"
                          "    except ProcessLookupError: return a * 0", "wrong", "add"),
    "library": ("def add(a, b):\n    F.conv1d(torch.ones(1, 1, 3), torch.ones(1, 1, 1)); return a + b", "wrong",
                "torch.conv1d was called"),
    "fork bomb": ("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", "timed out", "time limit"),
    "closed descriptors": ("import os\nos.closerange(3, 300)", "crashed", "process ended"),
    "noise on the wall": ("import os\nfor fd in range(3, 300):\n    try: os.write(fd, b'STRI' + b'x' * 999)\n"
                          "    except OSError: pass", "suspicious", "not an answer"),
    "an object that lies": ("class Liar(float):\n    __eq__ = __le__ = __lt__ = lambda *_: True\n"
                            "    shape, dtype, ndim = (3, 4), np.dtype(float), 2\ndef add(a, b): return Liar()", "wrong", "shape"),
    "a lying array": ("class Liar(np.ndarray):\n    __eq__ = lambda *_: True\n    __array_ufunc__ = lambda *_, **k: 0\n"
                      "def add(a, b): return (a * 0).view(Liar)", "wrong", "expected"),
    "an error that ends loops": ("def add(a, b): raise StopIteration", "crashed", "StopIteration"),
    "the grader's own error": ("def add(a, b): raise check.CheckFailed('passed')", "crashed", "CheckFailed"),
    "a patched check": ("check.equal = check._fail = lambda *a, **k: None\ndef add(a, b): return 0", "wrong", "shape"),
    "a patched student side": ("import autograde.student, autograde.wall\nautograde.wall.encode = lambda *a, **k: {'pickle': 1}"
                               "\ndef add(a, b): return 0", "suspicious", "not an answer"),
}


@pytest.mark.parametrize("name", NO_ANSWER)
def test_a_wrong_or_hostile_answer_costs_its_own_test_alone(server, name):
    source, status, message = NO_ANSWER[name]
    first, second = grade(server, source, timeout=5)
    assert first[0] == status and message in first[1]
    if name != "a patched student side":            # that one breaks every answer of its own process
        assert second == ("correct", "")


LOOK_AROUND = """
import os, socket
from pathlib import Path
facts = {}
def attempt(name, action):
    try: facts[name] = str(action())
    except BaseException as error: facts[name] = type(error).__name__
course = Path(check.__file__).parent.parent
attempt("solutions", lambda: os.listdir(course / "solutions"))
attempt("tests", lambda: os.listdir(course / "tests"))
attempt("course", lambda: os.listdir(course))
attempt("write to striate", lambda: open(check.__file__, "a"))
attempt("write to /usr", lambda: open("/usr/x", "w"))
attempt("write to /", lambda: open("/x", "w"))
attempt("shadow", lambda: open("/etc/shadow").read())
attempt("network", lambda: socket.create_connection(("127.0.0.1", 22), timeout=1))
attempt("secret", lambda: open(SECRET).read())
attempt("root", lambda: os.setuid(0))
attempt("scratch", lambda: open("/tmp/x", "w").write("x"))
attempt("processes", lambda: sorted(int(p) for p in os.listdir("/proc") if p.isdigit())[-1] < 50)
attempt("big file", lambda: open("/tmp/big", "wb").write(b"0" * 10**8))
attempt("dies first", lambda: open("/proc/self/oom_score_adj").read().strip())
attempt("user", lambda: os.getuid())
attempt("environment", lambda: [name for name in os.environ if "SECRET" in name or name == "PYTHONPATH"])
"""


def test_what_a_student_can_reach(server, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("other student's work")
    secret.chmod(0o644)
    remote = Remote(server.start())
    remote.deadline = time.monotonic() + 20
    remote.run_cell(f"from striate import check\nSECRET = {str(secret)!r}\n" + LOOK_AROUND)
    facts = remote.look("facts")
    remote.process.end()
    assert facts["solutions"] == facts["tests"] == facts["secret"] == facts["shadow"] == "FileNotFoundError"
    assert set(eval(facts["course"])) <= {"striate", ".venv"}
    assert {facts["write to striate"], facts["write to /usr"], facts["write to /"]} <= {"OSError", "PermissionError"}
    assert facts["network"] in ("OSError", "ConnectionRefusedError")
    assert facts["root"] in ("PermissionError", "OSError") and facts["scratch"] == "1" and facts["processes"] == "True"
    assert facts["dies first"] == "1000"
    assert facts["big file"] == "OSError" and facts["environment"] == "[]" and facts["user"] != "0"


@pytest.mark.skipif(os.geteuid() != 0, reason="whoever runs this is an ordinary user, and so are all other tests here")
def test_the_same_walls_for_an_ordinary_user(server):
    """As a user of a namespace who owns the same files but has no rights over the system."""
    again = "what_a_student_can_reach or outlives or costs_its_own_test_alone"
    done = subprocess.run(["unshare", "--user", "--map-user=1000", "--map-group=1000", sys.executable, "-m", "pytest", "-p",
                           "no:cacheprovider", __file__, "-k", again], cwd=COURSE, capture_output=True, text=True,
                          timeout=600, env={**os.environ, "CI": "1"})         # a skipped test would prove nothing
    assert done.returncode == 0 and re.search(rf"\b{2 + len(NO_ANSWER)} passed", done.stdout), done.stdout


@pytest.mark.parametrize("body, status", [("a[::2]", "correct"), ("a[::2].copy()", "wrong"), ("np.array(a[::2])", "wrong"),
                                          ("torch.from_numpy(a)[::2]", "correct"), ("a.tolist()[::2]", "wrong")])
def test_a_view_is_told_from_a_copy(server, body, status):
    lesson = Lesson("02_tiny", Path("x"), (*LESSON.cells[:2], Cell(
        "test-2-1-add", "test", "got = check.after_change(add, np.arange(6.), np.arange(6.) + 10, None)\n"
                                "check.equal(got, [10, 12, 14], 'add')", 1)))
    cells = [("imports", LESSON.cells[0].source), (ADD, f"def add(a, b): return {body}")]
    assert run_tests(lesson, cells, server, 5, seed=1)[0]["status"] == status


def test_nothing_outlives_its_turn(server):
    mark = f"9{os.getpid()}9"
    grade(server, f"import subprocess\nsubprocess.Popen(['sleep', '{mark}'], start_new_session=True)\nadd = lambda a, b: a + b")
    time.sleep(0.3)
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert f"sleep {mark}" not in running


def test_two_submissions_share_nothing(server):
    grade(server, "open('/tmp/left', 'w').write('x')\nopen('/dev/shm/left', 'w').write('x')\nadd = None")
    status, _ = grade(server, "import os\nassert not os.path.exists('/tmp/left') and not os.path.exists('/dev/shm/left')\n"
                              "add = lambda a, b: a + b")[0]
    assert status == "correct"


def test_a_regrade_draws_what_the_student_drew_before_and_another_submission_something_else(server):
    source = ("import random\nvalue = [random.random(), np.random.random(), float(torch.rand(1))]\n"
              "def add(a, b): raise RuntimeError(str(value))")
    first, again, other = (grade(server, source, seed=seed)[0][1] for seed in (5, 5, 6))
    assert first == again
    assert not set(re.findall(r"0\.\d+", first)) & set(re.findall(r"0\.\d+", other))


def test_the_whole_notebook_has_a_time_limit(server, monkeypatch):
    monkeypatch.setattr(session, "WHOLE_NOTEBOOK", 1.5)
    slow = "import time\ndef add(a, b):\n    time.sleep(0.5); return a + b"
    lesson = Lesson("02_tiny", Path("x"), LESSON.cells[:2] + (LESSON.cells[2],) * 30)
    results = run_tests(lesson, [("imports", LESSON.cells[0].source), (ADD, slow)], server, 4, seed=1)
    assert results[0]["status"] == "correct" and results[-1]["status"] == "timed out"


def test_a_copy_of_a_cell_that_hangs_costs_only_itself(server):
    hangs = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    cells = [("imports", LESSON.cells[0].source), (ADD, hangs), (ADD, LESSON.cells[1].source)]
    assert run_tests(LESSON, cells, server, 2, seed=1)[0]["status"] == "correct"


def test_an_error_that_ends_loops_does_not_end_a_tests_loop(server):
    lesson = Lesson("02_tiny", Path("x"), (*LESSON.cells[:2], Cell(
        "test-2-1-add", "test", "for got in map(add, [1, 2], [3, 4]):\n    check.number(got, 4, 'add')", 1)))
    cells = [("imports", LESSON.cells[0].source), (ADD, "def add(a, b): raise StopIteration")]
    assert run_tests(lesson, cells, server, 2, seed=1)[0]["status"] == "crashed"


def test_without_walls_only_by_name():
    with ForkServer(unsafe=True) as server:
        assert grade(server) == [("correct", ""), ("correct", "")]
        assert grade(server, NO_ANSWER["exit"][0])[0][0] == "crashed"


def test_the_fork_server_ends_with_its_owner():
    server = ForkServer()
    server.start()
    pid = server._process.pid
    server.close()
    assert not os.path.exists(f"/proc/{pid}")


def test_tests_see_the_graders_own_modules(server):
    assert import_names(LESSON)["check"].__name__ == "striate.check"
    assert grade(server, added="np = torch = check = None") [1][0] == "correct"


@pytest.mark.parametrize("statuses, overall", [
    (["correct", "correct"], "correct"), (["correct", "not attempted"], "incomplete"), (["not attempted"] * 2, "not attempted"),
    (["correct", "wrong", "timed out"], "timed out"), (["crashed", "suspicious"], "suspicious"), (["wrong", "not attempted"], "wrong"),
])
def test_one_word_for_a_submission(statuses, overall):
    assert overall_status(statuses) == overall
