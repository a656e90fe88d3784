"""`autograde grade`: from a folder or zip of submissions to results, a gradebook and grades.csv."""
import argparse
import collections
import contextlib
import os
import sys
import textwrap
from pathlib import Path

from tqdm import tqdm

from autograde import intake, options, sandbox
from autograde.batch import Workers, grade_all
from autograde.errors import UserError
from autograde.lesson import COURSE, SOLUTIONS, lesson_names, load_lesson
from autograde.results import GRADER_FAILED, brief, complete, identity, results_in_turn, write_result
from autograde.spool import Spool

NO_WALLS = ("This machine does not allow the Linux namespaces that keep a student's code away from your files and the "
            "network ({reason}); allow user namespaces or run as root, or add --unsafe if you trust every submission.")


def configure(parser):
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="lessons to grade (default: all)")
    parser.add_argument("--from", dest="source", required=True, type=Path, metavar="PATH",
                        help="a folder or a zip file of submissions")
    parser.add_argument("--work", required=True, type=Path, metavar="DIR", help="where results and gradebook go")
    parser.add_argument("--jobs", type=_positive(int), default=2, metavar="N", help="worker processes (default: 2)")
    parser.add_argument("--scheduler", metavar="ADDRESS",
                        help="grade on the workers of a Dask cluster, such as tcp://host:8786, instead of on this machine")
    parser.add_argument("--timeout", type=_positive(float), default=60, metavar="SECONDS",
                        help="limit for one cell or one test (default: 60); ten times as much for a notebook")
    parser.add_argument("--seed", type=int, default=0, help="changes the tests' random inputs (default: 0)")
    options.add_roster(parser)
    options.add_deadlines(parser)
    options.add_gradebook(parser)
    parser.add_argument("--unsafe", action="store_true",
                        help="grade without walls around the students' code; only for code you trust")


def run(args):
    names = lesson_names()
    lessons = {name: load_lesson(name) for name in args.lessons or names}
    found, nobodys = intake.read_all(args.source, names, Spool().keep)
    submissions = {(one.student, one.lesson): one for one in found if one.lesson in lessons}
    if not submissions:
        raise UserError(f"No submissions of {', '.join(lessons) or 'any lesson'} were found in {args.source}.")
    if not args.scheduler:
        check_walls(args.unsafe)
    known = {(result["student"], result["lesson"]): brief(result) for result in results_in_turn(args.work)}
    to_do = {key: one for key, one in submissions.items() if not _is_done(one, known, lessons, args)}
    with _workers(to_do, args) as workers:
        # Only now, while the workers' own start is under way: nbgrader takes seconds to import.
        from autograde import classroom, deadlines, record
        from autograde.gradebook import enter_lessons, update_gradebook
        from autograde.intake_page import write_intake_page
        roster = classroom.read_text(args.roster) if args.roster else None
        penalty = deadlines.penalty_plugin(args.late_penalty)
        due = deadlines.due_of_lessons(args.due, names, {lesson for _, lesson in submissions})
        _make_folder(args.work)
        if roster is not None:
            classroom.remember_roster(args.work, roster)
        enter_lessons(args.work, COURSE, {lesson for _, lesson in to_do})       # says so if the gradebook cannot be used
        deadlines.set_due(args.work, due)
        with tqdm(total=len(to_do), unit="submission", disable=not to_do) as bar:
            for result in _graded(list(to_do.values()), args, workers):
                key = result["student"], result["lesson"]
                result = classroom.with_facts(result, submissions[key])
                write_result(args.work, result)
                known[key] = brief(result)
                bar.update()
    for key in submissions.keys() - to_do.keys():
        now = classroom.with_facts(known[key], submissions[key])
        if now != known[key]:                # the same file has come again, at another time or place
            known[key] = now
            write_result(args.work, complete(args.work, now))
    here = classroom.classroom(args.work, [known[key] for key in sorted(known)])
    record.write_grades_csv(args.work, here.results)
    update_gradebook(args.work, COURSE, here.results)
    classroom.enter_people(args.work, here.people, replace=roster is not None)
    if penalty:
        deadlines.apply_penalties(args.work, penalty)
    write_intake_page(args.work, here, args.source, nobodys)
    print(summary(here, done_before=len(submissions) - len(to_do), work=args.work))
    return 0


def _workers(to_do, args):
    """Workers on this machine, starting in the background; none if there is nothing to do or a cluster does it."""
    if args.scheduler or not to_do:
        return contextlib.nullcontext()
    return Workers(sandbox.limits_for(args.timeout), args.unsafe)


def _graded(submissions, args, workers):
    """Results as they become ready, from worker processes here or from a cluster."""
    settings = (args.timeout, args.seed, args.unsafe)
    if args.scheduler and submissions:
        from autograde import cluster
        return cluster.grade_all(submissions, settings, args.scheduler)
    return grade_all(submissions, (SOLUTIONS, *settings), args.jobs, workers)


def check_walls(unsafe):
    """Find out before grading whether students' code can be kept apart; a UserError says so if not."""
    try:
        if not unsafe:
            sandbox.try_out()
    except sandbox.NoSandbox as reason:
        raise UserError(NO_WALLS.format(reason=reason)) from None


def _is_done(submission, known, lessons, args):
    """Whether a result of exactly this submission, these tests and this environment is there already."""
    before = known.get((submission.student, submission.lesson))
    if before is None or any(flag.startswith(GRADER_FAILED) for flag in before["flags"]):
        return False
    if submission.problem and [test["message"] for test in before["tests"]] != [submission.problem]:
        return False                         # what could not be read has one test in brief; it may give another reason
    now = identity(submission, lessons[submission.lesson], args.seed, args.timeout)
    return all(before["provenance"].get(key) == now[key] for key in now)


def summary(here, done_before, work):
    """The end of a run, for a person to read. here: a Classroom."""
    python = os.path.relpath(sys.executable)
    python = "python" if python.startswith("..") else python
    results, lines = here.results, [""]
    for lesson in sorted({result["lesson"] for result in results}):
        mine = [result for result in results if result["lesson"] == lesson]
        scores = [result["score"] for result in mine]
        counts = collections.Counter(result["status"] for result in mine)
        lines += [f"{lesson}: {len(mine)} submissions, mean {sum(scores) / len(scores):.1f} of {mine[0]['max_score']} points",
                  "  " + ", ".join(f"{count} {status}" for status, count in counts.most_common())]
        late = sum(key[1] == lesson for key in here.late)
        strangers = sum(key[1] == lesson for key in here.strangers)
        lines += [f"  {late} late"] if late else []
        lines += [f"  {strangers} not on the roster, or not to be told apart: see intake.html"] if strangers else []
        if here.absent.get(lesson):
            names = textwrap.shorten(", ".join(person.shown for person in here.absent[lesson]), 150, placeholder=" …")
            lines.append(f"  handed in nothing ({len(here.absent[lesson])}): {names}")
    if here.roster and not here.people:
        lines.append("  None of these is of a person on the roster; is it the list of another course?")
    flagged = [(result, flags) for result in results                    # being late alone is in the count above
               if (flags := [flag for flag in result["flags"] if flag not in here.late.values()])]
    for result, flags in flagged[:20]:
        flags = textwrap.shorten("; ".join(flags), 120, placeholder=" …")
        lines.append(f"  look at {result['name']}, {result['lesson']}: {flags}")
    if len(flagged) > 20:
        lines.append(f"  … and {len(flagged) - 20} more; all flags are in grades.csv")
    if done_before:
        lines.append(f"{done_before} of these were graded before and have not changed.")
    lines += ["", f"Results, grades.csv and the gradebook are in {work}. What was not understood, and why: {work}/intake.html",
              f"Next: {python} -m autograde feedback --work {work}, and {python} -m autograde formgrader --work {work} "
              "for the written answers."]
    return "\n".join(lines)


def _make_folder(path):
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{path} cannot be used as the work folder: {error.strerror}.") from None


def _positive(kind):
    def convert(text):
        with contextlib.suppress(ValueError):
            if kind(text) > 0:
                return kind(text)
        raise argparse.ArgumentTypeError(f"expected a number above zero, got {text!r}")
    return convert
