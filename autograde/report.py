"""`python -m autograde report --work DIR`: one page about the class, DIR/report/index.html, and tables beside it.

The page is one file without scripts that loads nothing, for teachers: it shows points, messages and students' own code,
no hidden test. Beside it lie LESSON.csv with every test's points and, from nbgrader's export plugins, grades.csv with
the points that people gave and late penalties, or what another plugin (--exporter canvas) writes for your LMS.
"""
import csv
import importlib
import io
from functools import cache
from pathlib import Path

from autograde import classroom, item_analysis, options, report_plots
from autograde.errors import UserError
from autograde.exporters import BY_NAME, RosterExport
from autograde.feedback import page_as_html
from autograde.feedback_page import highlighted, lesson_title, with_code
from autograde.files import write_whole
from autograde.gradebook_place import is_there, open_gradebook
from autograde.lesson import SOLUTIONS, lesson_names, load_lesson
from autograde.marked import plain
from autograde.record import harmless, results_to_show
from autograde.similar import similar_pairs

DEFAULT_EXPORTER = "csv"


def configure(parser):
    parser.add_argument("--work", required=True, type=Path, metavar="DIR", help="the folder that grade wrote")
    options.add_gradebook(parser)
    options.add_roster(parser)
    parser.add_argument("--exporter", default=DEFAULT_EXPORTER, metavar="NAME",
                        help=f"who the table of all grades is for: {', '.join(BY_NAME)}, or the dotted name of an nbgrader "
                        f"export plugin (default: {DEFAULT_EXPORTER})")


def run(args):
    if args.roster:
        classroom.remember_roster(args.work, classroom.read_text(args.roster))
    here = results_to_show(args.work, lesson_names())
    exporter = _exporter(args.exporter)
    folder = args.work / "report"
    write_report(folder, here.results, absent=here.absent)
    if args.roster:
        classroom.enter_people(args.work, here.people, replace=True)
    table = folder / (f"{args.exporter}.csv" if args.exporter in ("canvas", "moodle") else "grades.csv")
    plugin = export_grades(args.work, exporter, table)
    print(f"Open {folder}/index.html. Beside it: a table for each lesson" +
          (f", and {table.name} for your LMS ({exporter.__name__})." if plugin else
           "; there is no gradebook, so no table for your LMS was exported."))
    left_out = getattr(plugin, "left_out", [])
    if left_out:
        names = ", ".join(f"{student} ({lesson})" for student, lesson in left_out[:8])
        print(f"{len(left_out)} submissions are not in {table.name}, since it is not clear who on the roster they are of: "
              f"{names}{' …' * (len(left_out) > 8)}. {args.work}/intake.html says why; their points are in the other tables.")
    return 0


def write_report(folder, results, solutions=SOLUTIONS, absent=None):
    """Write index.html and LESSON.csv into a folder.

    results: of any number of lessons; absent: {lesson: people of the roster who handed in nothing}.
    """
    absent = absent or {}
    results = [{"name": result["student"], **result} for result in results]
    load = cache(lambda name: load_lesson(name, solutions))
    sections = []
    for name in sorted({result["lesson"] for result in results}):
        here = [result for result in results if result["lesson"] == name]
        sections.append(lesson_section(load(name), here, absent.get(name, [])))
        write_whole(Path(folder, f"{name}.csv"), points_table(here, absent.get(name, [])))
    html = page_as_html("report.html", "report.css", {"sections": sections}, "data:")
    write_whole(Path(folder, "index.html"), html)


def lesson_section(lesson, results, absent=()):
    """Everything that the page says about one lesson, as a dict for the template."""
    figures = item_analysis.exercise_figures(results)
    summary = item_analysis.summary(results)
    return {
        "anchor": lesson.name, "title": lesson_title(lesson), "summary": summary, "exercises": figures,
        "messages": [{**row, "message": with_code(row["message"])} for row in item_analysis.commonest_messages(results)],
        "flagged": [result for result in results if result["flags"]], "absent": [person.shown for person in absent],
        "pairs": [_with_code(pair, results) for pair in similar_pairs(
            {result["student"]: _code(result) for result in results},
            {cell.id: cell.released for cell in lesson.with_role("answer")})],
        "plots": _plots([result["score"] for result in results], summary, figures,
                        [result["provenance"].get("seconds", 0.0) for result in results]),
    }


def _plots(scores, summary, figures, seconds):
    """[(what it is, what can be seen, the picture)] of a lesson; the second is for those who cannot see the third."""
    low = [row["exercise"] for row in figures if row["discrimination"] is not None and row["discrimination"] < 0.3]
    plots = [
        ("How many submissions have how many points.",
         f"Bars from {min(scores):g} to {max(scores):g} points; the mean, {summary['mean']:.1f}, is a dashed line.",
         report_plots.distribution(scores, summary["max_score"])),
        ("Share of each exercise's points that the class got (blue), and of the class that tried it (grey).",
         "A bar for each exercise, with the numbers of the columns difficulty and attempted of the table below.",
         report_plots.exercises(figures)),
        ("Exercises that separate (green discs): above 0.3, those who know the rest know this too. Orange crosses do less.",
         f"A point for each exercise, with the numbers of the table below. Under 0.3: {', '.join(low) or 'none'}.",
         report_plots.difficulty_and_discrimination(figures)),
        ("Time of the grader, each student's own code included.",
         f"Bars from {min(seconds):.1f} to {max(seconds):.1f} seconds for one submission.", report_plots.times(seconds))]
    return [plot for plot in plots if plot[2]]


def _code(result):
    return {cell: source for cell, source in result["answers"].items() if cell.startswith("exercise-")}


def _with_code(pair, results):
    """A pair with the code that its two students have in the cells in question, side by side."""
    answers = {result["student"]: result["answers"] for result in results if result["student"] in pair["students"]}
    sides = [[(cell, highlighted(plain(answers[student][cell]))) for cell in pair["cells"]] for student in pair["students"]]
    names = {result["student"]: result["name"] for result in results}
    return {**pair, "students": [names[student] for student in pair["students"]], "code": list(zip(*sides))}


def points_table(results, absent=()):
    """CSV of one lesson: a row for each submission, with the points of every test, and for each person without one."""
    tests = list(dict.fromkeys(test["id"] for result in results for test in result["tests"]))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["student", "name", "status", "score", "max_score", *tests, "seconds", "submitted", "flags"])
    for result in results:
        points = {test["id"]: test["points"] for test in result["tests"]}
        table.writerow(map(harmless, [
            result["student"], result["name"], result["status"], result["score"], result["max_score"],
            *(points.get(test, "") for test in tests), result["provenance"].get("seconds", ""),
            result["provenance"].get("submitted") or "", "; ".join(result["flags"])]))
    for person in absent:
        table.writerow(map(harmless, ["", person.shown, "handed in nothing", "", "", *("" for _ in tests), "", "", ""]))
    return text.getvalue()


def export_grades(work, exporter, path):
    """Let an nbgrader export plugin write all grades from the gradebook; returns it, None if there is no gradebook."""
    if not is_there(work):
        return None
    plugin = exporter()
    plugin.to = str(path)
    if isinstance(plugin, RosterExport):
        plugin.work = str(work)
    with open_gradebook(work) as gradebook:
        plugin.export(gradebook)
    return plugin


def _exporter(name):
    """The plugin class of a short or dotted name; a UserError for anything else."""
    from nbgrader.plugins import ExportPlugin
    module, _, kind = BY_NAME.get(name, name).rpartition(".")
    try:
        found = getattr(importlib.import_module(module), kind)
    except (ImportError, AttributeError, ValueError):
        raise UserError(f"There is no export plugin {name}; give {', '.join(BY_NAME)}, or a dotted name.") from None
    if not (isinstance(found, type) and issubclass(found, ExportPlugin)):
        raise UserError(f"{name} is not a class derived from nbgrader.plugins.ExportPlugin.")
    return found
