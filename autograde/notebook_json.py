"""A handed-in file as a notebook's dict, or one sentence that says why it is none.

Format: nbformat 4 (https://nbformat.readthedocs.io/en/latest/format_description.html). Only what every later step
relies on is checked here: a dict with a list of cells. What the cells hold is judged cell by cell later on.
"""
import codecs
import json
import re

BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
SAVE_AGAIN = "open it in JupyterLab, save it and hand it in again"
GRADE_ID = re.compile(r'"grade_id"\s*:\s*"([a-z]+-(\d+)-[a-z0-9-]+)"')


def decode_notebook(content):
    """bytes of a file → the notebook's dict. Raises ValueError with one sentence for the student."""
    if not content.strip(b"\0 \t\r\n"):
        raise ValueError("The file is empty; hand in the notebook again.")
    try:
        notebook = json.loads(decode_text(content))
    except UnicodeDecodeError:
        raise ValueError(f"The file is no notebook, or it is damaged (it is not UTF-8 text); {SAVE_AGAIN}.") from None
    except RecursionError:
        raise ValueError(f"The file is nested too deeply to be a notebook; {SAVE_AGAIN}.") from None
    except ValueError as error:
        raise ValueError(f"The file is not a notebook, or a part of it is missing ({_where(error)}); "
                         f"{SAVE_AGAIN}.") from None
    if not isinstance(notebook, dict):
        raise ValueError(f"The file is JSON, but not a notebook; {SAVE_AGAIN}.")
    version = notebook.get("nbformat")
    if version in (1, 2, 3) and type(version) is int or "worksheets" in notebook:
        raise ValueError(f"The notebook is in an old format (nbformat 3 or older); {SAVE_AGAIN}.")
    if type(version) is int and version > 4:
        raise ValueError(f"The notebook says that it is in format {version if version < 1000 else 'above 1000'}, but "
                         "the newest known one is 4; hand in the notebook as JupyterLab saves it.")
    if not isinstance(notebook.get("cells"), list):
        raise ValueError(f"The notebook has no list of cells; {SAVE_AGAIN}.")
    if version != 4 or type(version) is not int:
        raise ValueError(f"The file does not say that it is a notebook of format 4; {SAVE_AGAIN}.")
    return notebook


def decode_text(content):
    """The text of a file in UTF-8, or in UTF-16 if it begins with a byte order mark."""
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return content.decode(encoding)
    return content.decode("utf-8")


def lesson_numbers(content):
    """{lesson number: how many grade_ids name it} of a file, which may be damaged: exercise-2-3-im2col counts for 2."""
    encoding = next((code for mark, code in BYTE_ORDER_MARKS.items() if content.startswith(mark)), "utf-8")
    numbers = {}
    for _, number in GRADE_ID.findall(content.decode(encoding, "replace")):
        if len(number) < 4:
            numbers[int(number)] = numbers.get(int(number), 0) + 1
    return numbers


def _where(error):
    return f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "an unreadable number"
