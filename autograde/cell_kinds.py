"""The kinds of cells that a lesson has, each made from its id and text as JSON: see docs/authors.md for what they are."""


def text(cell_id, source):
    return {"cell_type": "markdown", "id": cell_id, "metadata": {}, "source": source}


def code(cell_id, source, *tags):
    """Code that is not graded: a demo (tag "demo"), or without a tag a set-up cell, which runs when grading too."""
    return {"cell_type": "code", "id": cell_id, "metadata": {"tags": list(tags)} if tags else {}, "source": source,
            "execution_count": None, "outputs": []}


def imports(source):
    return _graded(code("imports", source, "imports"), locked=True)


def answer(cell_id, source):
    """An exercise or a prediction: the cell that a student fills in."""
    return _graded(code(cell_id, source), solution=True)


def test(cell_id, points, source):
    return _graded(code(cell_id, source), grade=True, locked=True, points=points)


def question(cell_id, source):
    return _graded(text(cell_id, source), locked=True)


def written(cell_id, points, source):
    """The model answer; students get an empty cell in its place."""
    return _graded(text(cell_id, source), grade=True, solution=True, points=points)


def _graded(cell, grade=False, solution=False, locked=False, points=None):
    nbgrader = {"grade": grade, "grade_id": cell["id"], "locked": locked, "schema_version": 3, "solution": solution,
                "task": False} | ({} if points is None else {"points": points})
    return cell | {"metadata": cell["metadata"] | {"nbgrader": nbgrader}}
