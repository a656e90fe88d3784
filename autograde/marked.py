"""The notebook that formgrader shows: the pristine lesson with a student's answers and the messages of the tests.

Only source text comes from the student: code as code, written answers without anything that a browser would run or
load. Metadata, outputs, attachments and added cells of the handed-in file are not here. Hidden tests and mark schemes
are: this notebook is for teachers, like nbgrader's own autograded/.
"""
import hashlib
import json
import re
from pathlib import Path

from striate.outline import WRITTEN_STUB

LONGEST_ANSWER = 100_000              # characters
NO_ANSWER = ("", WRITTEN_STUB)
BREAK = "\u200b"                      # a space without width: nothing to see, but the syntax around it is broken
LIVE_MARKDOWN = re.compile(r"<(?=[A-Za-z/!?])|\](?=[(\[:])|\\(?=href|url|class|cssId|style|require|Html|bbox)",
                           re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def marked_notebook(pristine, result):
    """pristine: the lesson's notebook as a dict; result: a grading result → a notebook as a dict."""
    tests = {test["id"]: test for test in result["tests"]}
    cells = [_summary(result)]
    for cell in pristine["cells"]:
        metadata = cell["metadata"].get("nbgrader", {})
        cell_id, source = cell.get("id", ""), _text(cell["source"])
        new = {"cell_type": cell["cell_type"], "id": cell_id, "metadata": {}, "source": _with_headed_scheme(source)}
        if metadata:
            new["metadata"]["nbgrader"] = metadata
        if metadata.get("solution"):
            answer = result["answers"].get(cell_id, "")
            new["source"] = harmless_markdown(answer) if cell["cell_type"] == "markdown" else plain(answer)
        if cell["cell_type"] == "code":
            new.update(execution_count=None, outputs=_outputs(tests[cell_id]) if cell_id in tests else [])
        cells.append(new)
    return {"nbformat": 4, "nbformat_minor": 5, "cells": cells,
            "metadata": {"kernelspec": pristine["metadata"].get("kernelspec", {}),
                         "striate": {"answers": answer_hashes(result)}}}


def _with_headed_scheme(source):
    """The lines around a mark scheme are for the release; as Markdown they would be two headings in capitals."""
    return source.replace("### BEGIN MARK SCHEME", "\n---\n\n**Mark scheme**\n").replace("### END MARK SCHEME", "\n---")


def marked_path(work, student, lesson, notebook):
    """DIR/autograded/STUDENT/LESSON/name.ipynb, where formgrader looks for it."""
    return Path(work, "autograded", student, lesson, f"{notebook}.ipynb")


def recorded_hashes(path):
    """The hashes of the answers that the notebook at `path` was made from; {} if there is none."""
    try:
        hashes = json.loads(path.read_text(encoding="utf-8"))["metadata"]["striate"]["answers"]
        return hashes if isinstance(hashes, dict) else {}
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def answer_hashes(result):
    """{grade_id: sha256 of the answer}: tells whether an answer changed since a person graded it."""
    return {key: hashlib.sha256(answer.encode("utf-8", "replace")).hexdigest()
            for key, answer in result["answers"].items()}


def is_answered(result, cell_id):
    """Whether a written answer holds anything of the student's own."""
    answer = result["answers"].get(cell_id, "")
    return result["verdicts"].get(cell_id) not in ("as released", "missing") and answer.strip() not in NO_ANSWER


def harmless_markdown(text):
    """Markdown in which nothing is live: no HTML, link, picture or TeX macro that runs or loads something.

    The characters that begin such a thing are kept, and followed by a space without width. That holds for every
    Markdown dialect and inside code too, where escapes would be shown.
    """
    return LIVE_MARKDOWN.sub(lambda found: found[0] + BREAK, plain(text))


def plain(text):
    """Text without control characters, cut at a length that a browser can show."""
    text = CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text if len(text) <= LONGEST_ANSWER else text[:LONGEST_ANSWER] + "\n… (cut here)"


def _summary(result):
    lines = [f"**{harmless_markdown(_escaped(result.get('name', result['student'])))}**, {result['lesson']}: {result['status']}, "
             f"{result['score']:g} of {result['max_score']:g} automatic points."]
    lines += [f"- {harmless_markdown(_escaped(flag))}" for flag in result["flags"]]
    if result["status"] == "unreadable" and result["tests"]:
        lines.append(f"- {harmless_markdown(_escaped(result['tests'][0]['message']))}")
    return {"cell_type": "markdown", "id": "autograde-summary", "metadata": {}, "source": "\n".join(lines)}


def _escaped(text):
    return re.sub(r"([\\`*_{}\[\]()#+!|~$-])", r"\\\1", plain(text).replace("\n", " "))


def _outputs(test):
    message = plain(test["message"])
    if test["status"] == "correct":
        return [{"output_type": "stream", "name": "stdout", "text": f"correct: {test['points']:g} of "
                 f"{test['max_points']:g} points" + (f"\n{message}" if message else "") + "\n"}]
    return [{"output_type": "error", "ename": test["status"], "evalue": message,
             "traceback": [f"{test['status']}: {message}"]}]


def _text(source):
    return source if isinstance(source, str) else "".join(source)
