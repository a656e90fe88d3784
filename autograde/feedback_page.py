"""What a feedback page says, as a dict of plain values; feedback.html gives it its form."""
import re

from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograde.deadlines import facts_of, moment, trusted_time
from autograde.marked import NO_ANSWER, is_answered, plain
from autograde.times import shown

SIGNS = {"right": "✓", "wrong": "✗", "wait": "…", "todo": "○"}
SIGNS_IN_WORDS = {"right": "all right", "wrong": "not yet right", "wait": "waits for a teacher", "todo": "not done"}
CODE_STYLE = "xcode"      # of Pygments' styles one whose colours have enough contrast (tests/test_accessibility.py)
WORDS = {"correct": "correct", "wrong": "not yet right", "crashed": "stopped with an error",
         "timed out": "took too long", "out of memory": "used too much memory", "not attempted": "not done",
         "suspicious": "a teacher will look at this", "unreadable": "could not be read"}
SENTENCES = {"correct": "All automatic tests pass. Well done!", "unreadable": "Your notebook could not be read.",
             "not attempted": "Nothing to grade yet: no exercise was done.",
             "incomplete": "What you did is right. Some exercises are not done yet."}
VERDICTS = {"duplicated": "This cell came more than once in your notebook; one copy was counted.",
            "missing": "This cell was missing from your notebook.",
            "moved": "This cell was not in its place; it was counted all the same.",
            "renamed": "This cell had lost its name; your code was found and counted."}


def lesson_page(result, lesson, manual):
    """result: a grading result; manual: as gradebook.given_by_people gives it for this result."""
    groups = [_group(cells, title, result, manual) for title, cells in _exercises(lesson)]
    score = sum(group["score"] for group in groups) - manual.get("penalty", 0)
    most = sum(group["most"] for group in groups)
    waits = [group for group in groups if group["waits"]]
    notes = []
    if waits:
        count = sum(group["waits"] for group in waits)
        notes.append(f"{', '.join(group['number'] for group in waits)} "
                     f"{'waits' if len(waits) == 1 else 'wait'} for a teacher: up to {_number(count)} more points.")
    if manual.get("penalty"):
        notes.append(f"{_number(manual['penalty'])} points were taken off because it came late.")
    if result.get("late"):
        notes.insert(0, f"Handed in {result['late']}" if result["late"][0].isdigit() else result["late"])
    if result["status"] == "unreadable" and result["tests"]:
        notes.insert(0, with_code(result["tests"][0]["message"]))
        groups = []                              # nothing can be said about any exercise
    return {"title": lesson_title(lesson), "student": result.get("name", result["student"]),
            "submitted": shown(moment(facts_of(result))) if trusted_time(result) else "",
            "score": _number(max(score, 0)), "max_score": _number(most), "groups": groups, "notes": notes,
            "percent": _number(100 * max(score, 0) / most) if most else "0", "waits": len(waits),
            "word": "a part waits for a teacher" if waits else "",
            "sentence": SENTENCES.get(result["status"], "The messages below say what to look at.")}


def lesson_title(lesson):
    """The lesson's own first heading, else its name."""
    for cell in lesson.with_role("text"):
        found = re.search(r"^# +(.+)$", cell.source, re.MULTILINE)
        if found:
            return re.sub(r"[`*]", "", found[1]).strip()
    return lesson.name


def _exercises(lesson):
    """(title, cells) of each exercise in the lesson's order: its answer cells, then its tests; or a written answer."""
    groups, heading = [], ""
    for cell in lesson.cells:
        if cell.role == "text":
            headings = re.findall(r"^#+ +(.*?(?:\d+\.\d+).*)$", cell.source, re.MULTILINE)
            heading = headings[-1] if headings else heading
        elif cell.role in ("answer", "written"):
            if not groups or cell.role == "written" or any(other.role != "answer" for other in groups[-1][1]):
                groups.append((_title(heading, cell), []))
            groups[-1][1].append(cell)
        elif cell.role == "test" and groups:
            groups[-1][1].append(cell)
    return groups


def _title(heading, cell):
    """The heading above a cell without its points and minutes, if it is the cell's own; else one made from its id."""
    if re.search(rf"(?<!\d){re.escape(cell.exercise)}(?!\d)", heading):
        return re.sub(r"\s*\([^()]*\)\s*$|[`*]", "", heading).strip()
    kind = {"exercise": "Exercise", "predict": "Predict", "written": "Written question"}.get(cell.id.split("-")[0], "Part")
    return f"{kind} {cell.exercise}: {cell.words}"


def _group(cells, title, result, manual):
    tests = {test["id"]: test for test in result["tests"]}
    points, people = manual.get("points", {}), manual.get("comments", {})
    group = {"title": title, "number": _short(title), "anchor": cells[0].id, "score": 0, "most": 0, "waits": 0,
             "tests": [], "answers": [], "notes": [], "comments": [people[cell.id] for cell in cells if people.get(cell.id)]}
    for cell in cells:
        given = points.get(cell.id)
        if cell.role == "test":
            group["tests"].append(_test(cell, tests.get(cell.id), given))
        elif cell.role == "written":
            _add_written(group, cell, result, given)
        else:
            _add_code(group, cell, result)
        if cell.points:
            group["score"] += tests.get(cell.id, {"points": 0})["points"] if given is None else given["score"]
            group["most"] += cell.points
    marks = {test["mark"] for test in group["tests"]}
    group["mark"] = ("wait" if group["waits"] else "todo" if marks == {"todo"} else "wrong" if marks & {"wrong", "todo"}
                     else "right" if group["score"] > 0 or marks == {"right"} else "todo")
    group["sign"], group["sign_in_words"] = SIGNS[group["mark"]], SIGNS_IN_WORDS[group["mark"]]
    group["points"] = (f"waits for a teacher, {_number(group['waits'])} points" if group["waits"]
                       else f"{_number(group['score'])} of {_number(group['most'])}")
    said = set()
    for test in group["tests"]:                  # what one broken line does to five tests is said once
        test["message"] = "" if test["message"] in said else test["message"]
        said.add(test["message"])
    for answer in group["answers"]:
        answer["open"] = group["mark"] == "wrong"
    return group


def _test(cell, test, given):
    """One line of a page: a test with its verdict, without anything of its source."""
    if test is None:
        test = {"status": "not attempted", "points": 0, "max_points": cell.points, "message": ""}
    mark = {"correct": "right", "not attempted": "todo", "unreadable": "todo", "suspicious": "wait"}.get(
        test["status"], "wrong")
    word, points = WORDS[test["status"]] if test["status"] in WORDS else test["status"], test["points"]
    if given is not None:
        word, points = "decided by your teacher", given["score"]
        mark = "right" if points >= cell.points else "wrong"
    return {"name": cell.words, "mark": mark, "sign": SIGNS[mark], "word": word, "message": with_code(test["message"]),
            "points": f"{_number(points)} of {_number(cell.points)}"}


def _add_written(group, cell, result, given):
    text = plain(result["answers"].get(cell.id, ""))
    if not is_answered(result, cell.id) or text.strip() in NO_ANSWER:
        group["notes"].append("You gave no answer here.")
    else:
        group["answers"].append({"text": text, "code": None})
        if given is None or given["waits"]:
            group["waits"] += cell.points


def _add_code(group, cell, result):
    source, verdict = result["answers"].get(cell.id, ""), result["verdicts"].get(cell.id)
    if verdict in VERDICTS:
        group["notes"].append(VERDICTS[verdict])
    if source.strip() and verdict != "as released":
        group["answers"].append({"code": highlighted(plain(source)), "text": None})


def highlighted(source):
    """Python source as HTML; Pygments escapes it. Wide code scrolls, with the keyboard too: the box can be focused."""
    html = highlight(source, PythonLexer(stripnl=False), HtmlFormatter(cssclass="code", style=CODE_STYLE))
    return Markup(html.replace('<div class="code">', '<div class="code" tabindex="0" role="region" aria-label="code">', 1))


def with_code(text):
    """Text as HTML, escaped, with `names` between backticks set as code."""
    pieces = re.split(r"`([^`\n]+)`", plain(text))
    return Markup("").join(Markup("<code>{}</code>").format(piece) if number % 2 else escape(piece)
                           for number, piece in enumerate(pieces))


def _short(title):
    """"Exercise 2.1" of "Exercise 2.1: output_size"."""
    return title.partition(":")[0]


def _number(value):
    return f"{value:.2f}".rstrip("0").rstrip(".")
