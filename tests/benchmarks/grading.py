"""How many submissions a minute, against plain `nbgrader autograde`: `python tests/benchmarks/grading.py`.

The same submissions of a torch lesson, on the same machine, in one run: first ours with --jobs 2, then nbgrader's. Its
students are honest ones in equal parts: all answers, half of them, none, and all but the last. Demonstrations are left
out for both, though plain nbgrader would run them too: so the ratio is of the graders, not of what the lesson trains.
Both must give every student the same points, test by test. It prints

    seconds a submission beyond the student's own code (cells and tests run by themselves, in a process that has torch);
    memory: the largest the command itself became, and all its processes together (shared pages counted once);
    last `ratio N`: how many times the submissions a minute of plain nbgrader. Ends with 1 if points differ.

--grow grades 40, 200 and 1,000 submissions with ours alone instead: seconds and memory should stay flat.
"""
import argparse
import contextlib
import functools
import io
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

os.environ.update({"OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"})  # one thread for all who are compared
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))      # the tests' helpers

from class_run import COURSE  # noqa: E402
from honest_class import KINDS, PlainCourse, filled_in, hand_in  # noqa: E402

from autograde.results import read_results  # noqa: E402

JOBS = 2
MEGABYTE = 2 ** 20


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lesson", default="07_training", metavar="NAME", help="default: 07_training")
    parser.add_argument("--submissions", type=int, default=40, metavar="N", help="default: 40")
    parser.add_argument("--grow", action="store_true", help="40, 200 and 1,000 submissions, ours only")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if args.grow:
            for count in (40, 200, 1000):
                course = hand_in_all(Path(folder, str(count)), args.lesson, count)
                report_ours(course, grade(course), count)
            return 0
        course = hand_in_all(Path(folder, "course"), args.lesson, args.submissions)
        return compare(course, args.submissions)


def compare(course, count):
    """Grade with both, print the measures, and return 1 if their points differ."""
    ours = grade(course)
    report_ours(course, ours, count)
    course.run("generate_assignment", course.lesson.name, "--force")
    start = time.monotonic()
    course.run("autograde", course.lesson.name)
    plain = time.monotonic() - start
    print(f"plain nbgrader: {plain:.1f} s for {count} submissions, {60 * count / plain:.1f} a minute, "
          f"{plain / count - own_seconds(course.lesson):.2f} s each beyond the student's own code")
    results = read_results(course.root / "ours")
    differing = [result["student"] for result in results
                 if course.points(result["student"]) != course.points(result["student"]) | tests_of(result)]
    print(f"points: {len(results) - len(differing)} of {count} students have the same, test by test"
          + (f"; not {', '.join(differing)}" if differing else ""))
    print(f"ratio {plain / ours['seconds']:.1f}")
    return 1 if differing or len(results) != count else 0


def hand_in_all(root, lesson, count):
    """A PlainCourse with `count` submissions, each the work of another student."""
    course = PlainCourse(root, lesson)
    notebooks = {kind: filled_in(course.lesson, kind) for kind in KINDS}
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        hand_in(notebooks[kind], course.lesson, f"{kind}-{number:04}", course.submitted)
    return course


def grade(course):
    """Run the real command -> {"seconds", "command": its peak memory, "all": that of all its processes}, in bytes."""
    start = time.monotonic()
    command = subprocess.Popen([sys.executable, "-m", "autograde", "grade", course.lesson.name, "--from", course.submitted,
                                "--work", course.root / "ours", "--jobs", str(JOBS)], cwd=COURSE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    peaks = {"command": 0, "all": 0}
    threading.Thread(target=watch_memory, args=(psutil.Process(command.pid), peaks), daemon=True).start()
    _, complained = command.communicate()
    seconds = time.monotonic() - start
    if command.returncode:
        sys.exit(complained)
    return {"seconds": seconds, **peaks}


def watch_memory(command, peaks):
    """Keep the largest proportional set sizes (shared pages in parts) until the command ends."""
    while command.is_running() and command.status() != psutil.STATUS_ZOMBIE:
        sizes = []
        for process in [command, *command.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                sizes.append(process.memory_full_info().pss)
        peaks["command"] = max(peaks["command"], sizes[0] if sizes else 0)
        peaks["all"] = max(peaks["all"], sum(sizes))
        time.sleep(0.5)


def report_ours(course, ours, count):
    beyond = JOBS * ours["seconds"] / count - own_seconds(course.lesson)
    print(f"ours, {JOBS} processes: {ours['seconds']:.1f} s for {count} submissions, "
          f"{60 * count / ours['seconds']:.1f} a minute, {beyond:.2f} s of a process each beyond the student's own code; "
          f"memory: the command {ours['command'] / MEGABYTE:.0f} MB, all processes {ours['all'] / MEGABYTE:.0f} MB",
          flush=True)


@functools.cache
def own_seconds(lesson):
    """What a student's cells and the tests on them take by themselves, on average over the kinds of students."""
    run_by_itself(lesson, "full")                          # what is imported and built on first use does not count
    return sum(run_by_itself(lesson, kind) for kind in KINDS) / len(KINDS)


def run_by_itself(lesson, kind):
    """Run one student's notebook with its hidden tests in this process -> seconds."""
    tests = {cell.id: cell.source for cell in lesson.with_role("test")}
    cells = [tests.get(cell["id"], "".join(cell["source"])) for cell in filled_in(lesson, kind)["cells"]
             if cell["cell_type"] == "code"]
    names = {"__name__": "__main__"}
    start = time.monotonic()
    for source in cells:
        with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):       # unanswered and wrong ones
            exec(source, names)
    return time.monotonic() - start


def tests_of(result):
    return {test["id"]: test["points"] for test in result["tests"]}


if __name__ == "__main__":
    sys.exit(main())
