"""`python -m autograde rerun [LESSON…]`: run lessons of solutions/ from top to bottom, keep what they show, say what changed.

A lesson that stops with an error keeps its file. What is written is in normal form already; `release` comes next.
"""
import json
import os
import re
import subprocess
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from autograde.errors import UserError
from autograde.lesson import lesson_names
from autograde.tidy import COURSE, MAY_WARN, shown, tidy_text

CELL_SECONDS = 900             # a lesson's longest cell trains for about two minutes on two busy cores
MAY_FAIL = {"raises-exception", "nbval-raises-exception"}
NUMBER = re.compile(r"-?\d[\d,]*\.?\d*(?:e[-+]?\d+)?", re.I)


class Stopped(Exception):
    """A notebook did not run to its end; the text says which cell stopped it, and how."""


def configure(parser):
    parser.add_argument("lessons", metavar="LESSON", nargs="*", help="for example 02_convolution (default: all)")


def run(args):
    known = lesson_names()
    for lesson in args.lessons:
        if lesson not in known:
            raise UserError(f"there is no lesson {lesson!r}; the lessons are {', '.join(known)}.")
    for lesson in args.lessons or known:
        rerun(COURSE / "solutions" / lesson / known[lesson])
    print("Students' notebooks follow with: python -m autograde release")
    return 0


def rerun(path):
    """Run the notebook at `path`, write it, and print one line about it, with a line for each cell that changed."""
    started = time.monotonic()
    before = path.read_text(encoding="utf-8")
    book = nbformat.reads(before, as_version=4)
    try:
        execute(book, path.parent)
    except Stopped as reason:
        raise UserError(f"{shown(path)} was left as it was: {reason}") from reason
    after = tidy_text(nbformat.writes(book), path)
    path.write_text(after, encoding="utf-8", newline="\n")
    changes = compare(json.loads(before), json.loads(after))
    print(f"{shown(path)}: {time.monotonic() - started:.0f} s, " +
          (f"{len(changes)} cells show something else" if changes else "nothing changed"), flush=True)
    for line in changes:
        print(f"    {line}")


def execute(book, folder):
    """Run a notebook, as nbformat reads it, in place. folder: where its kernel starts; a lesson's own, with its file.

    Raises Stopped if a cell ends with an error that it should not have, never ends, or ends the kernel.
    """
    search = [str(COURSE), *filter(None, [os.environ.get("PYTHONPATH")])]          # where the kernel finds striate
    client = NotebookClient(book, timeout=CELL_SECONDS, kernel_name="python3", allow_errors=True,
                            resources={"metadata": {"path": str(folder)}})
    try:
        # Its log goes nowhere: what a cell writes to stderr comes back as the cell's output.
        client.execute(env=os.environ | {"PYTHONPATH": os.pathsep.join(search)}, stderr=subprocess.DEVNULL)
    except (CellTimeoutError, DeadKernelError) as error:
        raise Stopped(str(error).splitlines()[0]) from error
    for cell in book.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error" and not MAY_FAIL & set(cell.metadata.get("tags", [])):
                raise Stopped(f"its cell {cell.id} ended with {output.ename}: {output.evalue}")


def compare(before, after):
    """One line for each cell whose output differs. before, after: the same lesson's notebook as JSON."""
    old = {cell["id"]: cell for cell in before["cells"]}
    changes = []
    for cell in after["cells"]:
        if cell["cell_type"] != "code" or cell["id"] not in old:
            continue
        parts = [*_changed_text(_text(old[cell["id"]]), _text(cell)),
                 *(["picture"] if _pictures(old[cell["id"]]) != _pictures(cell) else [])]
        if parts:
            varies = " (it varies from run to run)" if MAY_WARN in cell["metadata"].get("tags", []) else ""
            changes.append(f"{cell['id']}: {', '.join(parts)}{varies}")
    return changes


def _changed_text(old, new):
    """[] or one phrase: how many numbers differ and by how much, or that the words do."""
    if old == new:
        return []
    if NUMBER.sub("#", old) != NUMBER.sub("#", new):
        return ["words"]
    pairs = [(float(a.replace(",", "")), float(b.replace(",", ""))) for a, b in zip(NUMBER.findall(old), NUMBER.findall(new))]
    differing = [(a, b) for a, b in pairs if a != b]
    largest = max((abs(b - a) / max(abs(a), abs(b)) for a, b in differing), default=0)
    return [f"{len(differing)} of {len(pairs)} numbers, by up to {largest:.1%}"]


def _text(cell):
    texts = [output.get("text", output.get("data", {}).get("text/plain", "")) for output in cell["outputs"]]
    return "\n".join("".join(text) for text in texts)


def _pictures(cell):
    return ["".join(output["data"]["image/png"]) for output in cell["outputs"] if "image/png" in output.get("data", {})]
