"""Every rule for lessons, broken once: the finding must name the cell and say what to do."""
from pathlib import Path

import pytest
import house_lesson
from house_lesson import cell, code, markdown, printed

from autograde import lint
from striate.notebook import PASSED


@pytest.fixture
def found(tmp_path):
    """The findings for a lesson, as {cell id: joined problems}. Its mutants file stands ready."""
    mutants = tmp_path / "tests" / "mutants"
    mutants.mkdir(parents=True)
    (mutants / "02_tiny.py").write_text('Mutant("exercise-2-1-double", ...)')

    def check(book):
        problems = {}
        for finding in lint.check_notebook(book, Path("solutions/02_tiny/tiny.ipynb"), tmp_path):
            problems[finding.cell] = problems.get(finding.cell, "") + finding.problem
        return problems
    return check


def test_a_good_lesson_has_no_findings(found):
    assert found(house_lesson.notebook()) == {}


def test_a_finding_names_file_and_cell():
    finding = lint.Finding(Path("solutions/02_tiny/tiny.ipynb"), "imports", "is wrong.")
    assert str(finding) == "solutions/02_tiny/tiny.ipynb, cell imports: is wrong."


def replaced(cell_id, old, new):
    def spoil(book):
        target = cell(book, cell_id)
        assert old in target["source"]
        target["source"] = target["source"].replace(old, new)
    return spoil


def with_nbgrader(cell_id, **values):
    def spoil(book):
        cell(book, cell_id)["metadata"]["nbgrader"] |= values
    return spoil


def with_output(cell_id, output, tag=None):
    def spoil(book):
        cell(book, cell_id)["outputs"] = [output]
        if tag:
            cell(book, cell_id)["metadata"].setdefault("tags", []).append(tag)
    return spoil


def picture(text):
    return {"output_type": "display_data", "data": {"image/png": "AAAA"}, "metadata": {"image/png": {"alt": text}} if text else {}}


def without(cell_id):
    def spoil(book):
        book["cells"].remove(cell(book, cell_id))
    return spoil


def appended(new_cell):
    return lambda book: book["cells"].append(new_cell)


TEST = "test-2-1-double"
BROKEN = {
    # a test cell is judged in the grader's process
    "set-up used by a test": (replaced(TEST, "double([1, 2])", "double(weights)"), TEST, "'weights'"),
    "helper used by a hidden test": (replaced(TEST, "(double(hidden", "(helper(hidden"), TEST, "'helper'"),
    "import in a test": (replaced(TEST, "check.equal(double([1", "import math\ncheck.equal(double([1"), TEST, "imports"),
    "import inside a function": (replaced("exercise-2-1-double", "    secret_result", "    import math\n    secret_result"),
                                 "exercise-2-1-double", "imports"),
    "a test that ends on a value": (replaced(TEST, "### END", "hidden_numbers\n### END"), TEST, "ends with"),
    "the same, once hidden tests are gone": (replaced(TEST, "### BEGIN", "double([1])\n### BEGIN"), TEST, "ends with"),
    "a test that ends on any call": (replaced(TEST, "### END", "print(1)\n### END"), TEST, "ends with"),
    "a test rebinds an answer": (replaced(TEST, "hidden_numbers", "double"), TEST, "binds 'double'"),
    "a test rebinds a module": (replaced(TEST, "hidden_numbers", "np"), TEST, "binds 'np'"),
    "a test prints": (with_output(TEST, printed("ok\n")), TEST, "must not print"),
    "a test prints more": (with_output(TEST, printed(PASSED + "\nok\n")), TEST, "must not print"),
    "a magic": (replaced("set-up", "weights", "%time weights"), "set-up", "not plain Python"),
    # who may use whose names
    "set-up that needs a demo": (lambda book: (cell(book, "demo-double").update(source="shown = 1"),
                                               book["cells"].append(code("late", "print(shown)"))), "late", "'shown'"),
    "set-up that needs a test": (appended(code("late", "late_numbers = hidden_numbers")), "late", "'hidden_numbers'"),
    "a name of Python's": (replaced("set-up", "weights", "sum"), "set-up", "'sum'"),
    # nbgrader's metadata
    "points as text": (with_nbgrader(TEST, points="2"), TEST, "'2' points"),
    "points as a fraction": (with_nbgrader(TEST, points=1.5), TEST, "1.5 points"),
    "no points": (with_nbgrader("written-2-3-why", points=0), "written-2-3-why", "0 points"),
    "another grade_id": (with_nbgrader(TEST, grade_id="test-2-9-x"), TEST, "grade_id"),
    "an answer that is locked": (with_nbgrader("exercise-2-1-double", locked=True), "exercise-2-1-double", "locked"),
    "an old schema": (with_nbgrader(TEST, schema_version=2), TEST, "schema_version 3"),
    "a graded id without metadata": (lambda book: cell(book, TEST).update(metadata={}), TEST, "no nbgrader metadata"),
    "metadata on another id": (lambda book: cell(book, "set-up")["metadata"].update(house_lesson.nbgrader("set-up")),
                               "set-up", "its id is not"),
    "a bad id": (lambda book: cell(book, "set-up").update(id="Set_up"), "Set_up", "a-z"),
    "an id twice": (lambda book: cell(book, "set-up").update(id="intro"), "intro", "twice"),
    # the regions that the release takes away
    "no solution region": (replaced("exercise-2-1-double", "    ### BEGIN SOLUTION\n", ""), "exercise-2-1-double",
                           "BEGIN SOLUTION"),
    "a mark not spelled just so": (replaced(TEST, "### BEGIN HIDDEN TESTS", "# begin hidden tests"), TEST, "spelled"),
    "an empty region": (replaced("question-2-3-why", "Two points for the marvellous reason.", ""), "question-2-3-why",
                        "nothing stands"),
    "a region in the wrong cell": (replaced("set-up", "weights", "### BEGIN SOLUTION\nweights"), "set-up", "only"),
    "a stub by hand": (replaced("exercise-2-1-double", "    ### BEGIN", "    # NotImplementedError\n    ### BEGIN"),
                       "exercise-2-1-double", "release writes"),
    "a prediction without its line": (replaced("predict-2-2-half", "half = None   # your prediction: ", "half = 0  # "),
                                      "predict-2-2-half", "first line"),
    "nothing visible": (replaced(TEST, 'check.equal(double([1, 2]), [2, 4], "double")\n', ""), TEST, "shows the student"),
    # what belongs together
    "an exercise without a test": (without(TEST), "exercise-2-1-double", "no test cell"),
    "a prediction without a test": (without("test-2-2p-half"), "predict-2-2-half", "no test cell"),
    "a prediction whose number only an exercise's test has": (
        lambda book: cell(book, "predict-2-2-half")["metadata"]["nbgrader"].update(grade_id="predict-2-1-half")
        or cell(book, "predict-2-2-half").update(id="predict-2-1-half"), "predict-2-1-half", "no test cell"),
    "a test without an exercise": (without("predict-2-2-half"), "test-2-2p-half", "no exercise"),
    "a question without an answer": (without("written-2-3-why"), "question-2-3-why", "written-2-3-why"),
    "an answer without a question": (without("question-2-3-why"), "written-2-3-why", "question-2-3-why"),
    "another lesson's number": (lambda book: (cell(book, TEST)["metadata"]["nbgrader"].update(grade_id="test-3-1-x"),
                                              cell(book, TEST).update(id="test-3-1-x")), "test-3-1-x", "lesson 3"),
    "no imports cell": (without("imports"), "", "first code cell"),
    "code in the imports cell": (replaced("imports", "import numpy as np", "import numpy as np\nnp.seterr()"), "imports",
                                 "import statements only"),
    # size and outputs
    "a long cell": (replaced("set-up", "weights = np.arange(3)", "\n".join(f"w{i} = {i}" for i in range(31))), "set-up",
                    "31 lines"),
    "a long lesson": (lambda book: book["cells"].extend(
        code(f"more-{part}", "\n".join(f"m{part}_{i} = {i}" for i in range(25))) for part in range(11)), "", "lines of code"),
    "no outputs at all": (lambda book: cell(book, "demo-double").update(outputs=[]), "", "no outputs"),
    "a warning": (with_output("demo-double", printed("x.py:3: UserWarning: careful\n", "stderr")), "demo-double", "careful"),
    "an error": (with_output("demo-double", {"output_type": "error", "ename": "NameError", "evalue": "x", "traceback": []}),
                 "demo-double", "NameError"),
    "an address": (with_output("demo-double", printed("<Figure at 0x7f3a5b7c9d1e>\n")), "demo-double", "address"),
    "a large picture": (with_output("demo-double", {"output_type": "display_data", "metadata": {},
                                                    "data": {"image/png": "A" * 170_000}}), "demo-double", "120 kB"),
    # everybody can read it
    "a picture without a text": (with_output("demo-double", picture(None)), "demo-double", "what can be seen"),
    "a picture with a name only": (with_output("demo-double", picture("The figure.")), "demo-double", "what can be seen"),
    "a picture whose text is not printed": (with_output("demo-double", picture("A line that goes up steeply.")), "demo-double",
                                            "not printed below"),
    "a linked picture without a text": (replaced("intro", "One function.", "![](house.png)"), "intro", "alt text"),
    "an image tag without a text": (replaced("intro", "One function.", '<img src="house.png">'), "intro", "alt text"),
    "a level left out": (replaced("intro", "One function.", "### Too deep"), "intro", "has level 3"),
    "a second title": (appended(markdown("outro", "# Another title")), "outro", "second title"),
    "no title": (replaced("intro", "# Doubling", "Doubling"), "", "no title"),
    "a sentence without end": (replaced("intro", "One function.", "and so on " * 16), "intro", "48 words"),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_found(found, rule):
    spoil, cell_id, words = BROKEN[rule]
    book = house_lesson.notebook()
    spoil(book)
    problems = found(book)
    assert words in problems.get(cell_id, ""), problems


def test_an_exercise_without_wrong_answers_is_found(tmp_path):
    (finding,) = lint.check_notebook(house_lesson.notebook(), Path("solutions/02_tiny/tiny.ipynb"), tmp_path)
    assert finding.cell == "exercise-2-1-double" and "tests/mutants/02_tiny.py" in finding.problem


def test_pictures_with_their_texts_and_headings_in_order(found):
    book = house_lesson.notebook()
    text = "A line that goes up, and a second one that stays below it, up to the last of the twenty steps of training."
    printed_text = printed("before\n"), printed(text.replace("stays below", "stays\nbelow") + "\nmore\n")
    cell(book, "demo-double")["outputs"] = [printed_text[0], picture(text), printed_text[1]]
    cell(book, "intro")["source"] = ("# Doubling\n\n## One\n\n### Two\n\n```\n# no heading\n```\n\n## Three\n\n"
                                     "![a house with a red door](house.png)")
    assert found(book) == {}


def test_lines_of_mere_text_are_no_code(found):
    book = house_lesson.notebook()
    cell(book, "set-up")["source"] = "weights = (\n" + '    "a line of a caption "\n' * 40 + ")"
    assert found(book) == {}


def test_what_a_demo_may_do(found):
    """Use what demos, set-up and answers bind; warn and print addresses if its output is not compared."""
    book = house_lesson.notebook()
    book["cells"] += [
        code("demo-a", "shown = double(weights)", {"tags": ["demo"]}),
        code("demo-b", "display(shown)", {"tags": ["demo", "nbval-ignore-output"]},
             [printed("<Slider at 0x7f3a5b7c9d1e>\n"), printed("slow\n", "stderr")]),
        markdown("outro", "END of the lesson, not of a SOLUTION."),
    ]
    assert found(book) == {}
