"""`python -m autograde tidy [PATH…] [--check]`: one normal form for notebooks.

A notebook that was run again differs from the one before only where its text or its results do: no run times, no
widget state, no version of Python or of the plotting library, counts 1…n, ids that stay. Tidying twice changes nothing.
"""
import base64
import json
import re
import struct
from pathlib import Path

import nbformat

from autograde.errors import UserError

COURSE = Path(__file__).resolve().parent.parent
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE_INFO = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
NBGRADER_KEYS = ("grade", "grade_id", "locked", "points", "schema_version", "solution", "task")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
MAY_WARN = "nbval-ignore-output"          # the tag of cells whose output is not compared
TO_DO = "TO DO"                           # what `autograde new` marks for the author
MACHINE_MADE_ID = re.compile(r"[0-9a-f]{8}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_NOTES = (b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf")


def configure(parser):
    parser.add_argument("paths", metavar="PATH", nargs="*", type=Path,
                        help="notebooks, or folders of notebooks (default: solutions/)")
    parser.add_argument("--check", action="store_true",
                        help="change nothing; exit with 1 if a notebook is not tidy or breaks a rule for lessons")


def run(args):
    from autograde import lint          # here, because lint needs this module's constants

    paths = notebooks(args.paths or [COURSE / "solutions"])
    untidy, findings = [], []
    for path in paths:
        text = read_text(path)
        tidied = tidy_text(text, path)
        if tidied != text:
            untidy.append(path)
            if not args.check:
                path.write_text(tidied, encoding="utf-8", newline="\n")
        findings += lint.check_notebook(json.loads(tidied), path)
    for path in untidy:
        print(f"{shown(path)}: " + ("not tidy. Run: python -m autograde tidy" if args.check else "tidied"))
    for finding in findings:
        print(finding)
    for path in paths:
        if waiting := read_text(path).count(TO_DO):
            print(f"{shown(path)}: says {TO_DO} in {waiting} places. That is no mistake; they wait for their author.")
    if not untidy and not findings:
        print(f"Checked {len(paths)}: everything is tidy and keeps the rules.")
    return int(bool(args.check and (untidy or findings)))


def notebooks(paths):
    """The notebook files under `paths`, without JupyterLab's checkpoints; raises UserError for a path that is none."""
    found = []
    for path in paths:
        if path.is_dir():
            found += sorted(file for file in path.rglob("*.ipynb")
                            if not any(part.startswith(".") for part in file.relative_to(path).parts))
        elif path.suffix == ".ipynb" and path.exists():
            found.append(path)
        else:
            raise UserError(f"{path} is neither a notebook nor a folder.")
    if not found:
        raise UserError(f"there is no notebook under {', '.join(map(shown, paths))}.")
    return found


def shown(path):
    """A path as people read it: relative to the working folder where that is shorter."""
    try:
        return str(Path(path).resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def read_text(path):
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{shown(path)} cannot be read as a notebook: {error}.") from error


def tidy_text(text, path="notebook"):
    """The normal form of a notebook file's text. `path` is for messages only."""
    try:
        notebook = nbformat.v4.reads(text)
        if notebook.nbformat != 4:
            raise UserError(f"{shown(path)} has notebook format {notebook.nbformat}; save it as format 4 first.")
        tidy_notebook(notebook)
        nbformat.validate(notebook, relax_add_props=True)
    except (ValueError, KeyError, TypeError, AttributeError, nbformat.ValidationError) as error:
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise UserError(f"{shown(path)} is not a valid notebook: {first_line}") from error
    return nbformat.v4.writes(notebook).rstrip("\n") + "\n"


def tidy_notebook(notebook):
    """Bring a notebook (as nbformat reads it) into its normal form, in place."""
    notebook.nbformat_minor = 5
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC, "language_info": LANGUAGE_INFO})
    notebook.cells = [cell for cell in notebook.cells if cell.source.strip() or "nbgrader" in cell.metadata]
    _name_cells(notebook.cells)
    count = 0
    for cell in notebook.cells:
        cell.source = cell.source.rstrip()
        cell.metadata = _tidy_metadata(cell.metadata)
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            cell.outputs = _tidy_outputs(cell.outputs, count, MAY_WARN in cell.metadata.get("tags", []))


# ------------------------------------------------------------------------------------------------ cells

def _name_cells(cells):
    """A graded cell's id is its grade_id. Others keep theirs; missing and machine-made ones get readable ones."""
    taken = {cell.metadata["nbgrader"].get("grade_id") for cell in cells if "nbgrader" in cell.metadata}
    for cell in cells:
        if "nbgrader" in cell.metadata:
            cell.id = cell.metadata["nbgrader"].get("grade_id") or cell.get("id", "")
            continue
        name = cell.get("id") or ""
        if not name or MACHINE_MADE_ID.fullmatch(name):
            name = _readable_id(cell)
        cell.id = _unused(name, taken)
        taken.add(cell.id)


def _readable_id(cell):
    """The first words of a cell: `## 3. A *dilated* kernel` gives text-3-a-dilated-kernel."""
    first_line = next(line for line in cell.source.splitlines() if line.strip())
    words = re.findall(r"[a-z0-9]+", first_line.lower())[:6]
    return "-".join([{"code": "code", "markdown": "text"}.get(cell.cell_type, "raw"), *words])[:56].rstrip("-")


def _unused(name, taken):
    number, candidate = 2, name
    while candidate in taken:
        candidate = f"{name}-{number}"
        number += 1
    return candidate


def _tidy_metadata(metadata):
    kept = {}
    if "nbgrader" in metadata:
        kept["nbgrader"] = {key: metadata["nbgrader"][key] for key in NBGRADER_KEYS if key in metadata["nbgrader"]}
        points = kept["nbgrader"].get("points")
        if isinstance(points, float) and points.is_integer():
            kept["nbgrader"]["points"] = int(points)
    if metadata.get("tags"):
        kept["tags"] = sorted(set(metadata["tags"]))
    if metadata.get("jupyter", {}).get("source_hidden"):
        kept["jupyter"] = {"source_hidden": True}
    return nbformat.from_dict(kept)


# ------------------------------------------------------------------------------------------------ outputs

def _tidy_outputs(outputs, count, may_warn):
    """Merge pieces of one stream, drop widget views, clean pictures.

    Warnings stay, for lint to complain about, except in a cell tagged as one whose output changes from run to run.
    """
    kept = []
    for output in outputs:
        if output.output_type == "stream":
            if output.name == "stderr" and may_warn:
                continue
            if kept and kept[-1].output_type == "stream" and kept[-1].name == output.name:
                kept[-1].text += output.text
                continue
        elif output.output_type in ("display_data", "execute_result"):
            output.data.pop(WIDGET_VIEW, None)
            if not output.data:
                continue
            if "image/png" in output.data:
                output.data["image/png"] = _clean_png(output.data["image/png"])
            if "image/svg+xml" in output.data:
                output.data["image/svg+xml"] = re.sub(r"\s*<metadata>.*?</metadata>", "",
                                                      output.data["image/svg+xml"], flags=re.DOTALL)
            if output.output_type == "execute_result":
                output.execution_count = count
        kept.append(output)
    return kept


def _clean_png(encoded):
    """A picture in base64 without its text chunks (name and version of the software, dates)."""
    data = base64.b64decode(encoded)
    if not data.startswith(PNG_SIGNATURE):
        return encoded
    kept, position = [PNG_SIGNATURE], len(PNG_SIGNATURE)
    while position + 12 <= len(data):                       # a chunk is length, kind, content, checksum
        (length,) = struct.unpack(">I", data[position:position + 4])
        end = position + 12 + length
        if data[position + 4:position + 8] not in PNG_NOTES:
            kept.append(data[position:end])
        position = end
    return base64.b64encode(b"".join(kept)).decode("ascii")
