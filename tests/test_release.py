"""release: nbgrader's own result, without a leak, the same each time."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import house_lesson
from house_lesson import LESSON, cell

from autograde import release
from autograde.__main__ import main
from autograde.lesson import lesson_names

COURSE = Path(__file__).resolve().parent.parent
SECRETS = ["secret_result", "hidden_numbers", "4242", "marvellous", "wonderful", "BEGIN", "END SOLUTION", "HIDDEN",
           "MARK SCHEME"]


@pytest.fixture
def course(tmp_path):
    return house_lesson.write_course(tmp_path)


def run(course, *arguments):
    return main(["release", "--course", str(course), *arguments])


def released(course):
    return (course / "notebooks" / LESSON / "tiny.ipynb").read_text(encoding="utf-8")


def test_a_student_gets_stubs_prompts_and_visible_tests(course):
    assert run(course) == 0
    book = json.loads(released(course))
    sources = {cell["id"]: "".join(cell["source"]) for cell in book["cells"]}
    assert sources["exercise-2-1-double"] == house_lesson.EXERCISE.split("    ### BEGIN")[0] + (
        '    # YOUR CODE HERE\n    raise NotImplementedError("Exercise 2.1")')
    assert sources["predict-2-2-half"] == "half = None   # your prediction: a whole number"
    assert sources["written-2-3-why"] == "YOUR ANSWER HERE"
    assert sources["question-2-3-why"] == "**Question 2.3.** Why twice?"
    assert sources["test-2-1-double"] == 'check.equal(double([1, 2]), [2, 4], "double")'
    assert sources["set-up"] == "weights = np.arange(3)"


def test_nothing_of_a_secret_is_anywhere_in_the_release(course):
    run(course)
    files = [path for path in (course / "notebooks").rglob("*") if path.is_file()]
    assert [path.name for path in files] == ["tiny.ipynb"]
    assert [secret for secret in SECRETS if secret in released(course)] == []


def test_metadata_and_outputs_tell_nothing(course):
    book = house_lesson.notebook()
    book["metadata"]["answers"] = "secret_result"
    cell(book, "exercise-2-1-double")["metadata"] |= {"hint": "secret_result", "tags": ["secret_result"]}
    cell(book, "exercise-2-1-double")["outputs"] = [house_lesson.printed("secret_result")]
    run(house_lesson.write_course(course, book))
    assert "secret_result" not in released(course)
    result = json.loads(released(course))
    code = [cell for cell in result["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert all(cell["metadata"]["tags"] == ["raises-exception"] for cell in code)       # Run All goes on
    assert {key for cell in result["cells"] for key in cell["metadata"]} <= {"nbgrader", "tags", "deletable", "editable"}
    assert set(result["metadata"]) == {"kernelspec", "language_info"}


def test_checksums_are_of_what_students_get(course):
    """The same public text with another solution and other hidden tests must give the same file."""
    run(course)
    first = released(course)
    book = house_lesson.notebook()
    for cell_id in ("exercise-2-1-double", "test-2-1-double"):
        target = cell(book, cell_id)
        target["source"] = target["source"].replace("secret_result", "other").replace("hidden_numbers", "others")
    run(house_lesson.write_course(course, book))
    assert released(course) == first


def test_twice_is_byte_identical_and_leaves_no_gradebook(course, tmp_path):
    release.generate([LESSON], course, tmp_path / "one")
    release.generate([LESSON], course, tmp_path / "two")
    assert (tmp_path / "one" / LESSON / "tiny.ipynb").read_bytes() == \
        (tmp_path / "two" / LESSON / "tiny.ipynb").read_bytes()
    assert not list(course.rglob("gradebook.db*"))


def test_check_passes_on_a_fresh_release_and_lists_what_differs(course, capsys):
    assert run(course, "--check") == 1
    assert "tiny.ipynb is missing" in capsys.readouterr().out
    assert run(course) == 0 and run(course, "--check") == 0
    capsys.readouterr()

    path = course / "notebooks" / LESSON / "tiny.ipynb"
    path.write_text(released(course).replace("Why twice?", "Why thrice?"), encoding="utf-8")
    (course / "notebooks" / "left_over.ipynb").write_text("{}")
    changed = path.read_bytes()
    assert run(course, "--check") == 1
    report = capsys.readouterr().out
    assert "tiny.ipynb is not what" in report and "left_over.ipynb is not made" in report
    assert path.read_bytes() == changed                                   # --check changes nothing


def test_a_changed_solution_file_is_noticed(course):
    run(course)
    book = house_lesson.notebook()
    cell(book, "set-up")["source"] = "weights = np.arange(4)"
    house_lesson.write_course(course, book)
    assert run(course, "--check") == 1
    assert run(course) == 0 and run(course, "--check") == 0


def test_a_students_own_files_are_never_deleted(course):
    run(course)
    folder = course / "notebooks" / LESSON
    (folder / ".ipynb_checkpoints").mkdir()
    mine = [folder / ".ipynb_checkpoints" / "tiny-checkpoint.ipynb", folder / "my notes.ipynb", folder / "photo.png"]
    for path in mine:
        path.write_text("mine")
    (course / "notebooks" / LESSON / "tiny.ipynb").unlink()
    assert run(course) == 0
    assert all(path.read_text() == "mine" for path in mine)
    for path in mine[1:]:
        path.unlink()
    assert run(course, "--check") == 0                                    # checkpoints alone are no difference


def test_files_beside_the_lesson_that_may_hold_solutions_stay_behind(course):
    folder = course / "solutions" / LESSON
    for name in ("tiny.py", "tiny.md", "answers.txt", ".notes", "gradebook.db"):
        (folder / name).write_text("secret_result")
    (folder / "photo.png").write_bytes(b"picture")
    run(course)
    assert sorted(path.name for path in (course / "notebooks" / LESSON).iterdir()) == ["photo.png", "tiny.ipynb"]


def test_the_guard_finds_a_leak_anywhere(course):
    """Wherever a secret line stands in the released file, the guard finds it."""
    run(course)
    assert release.leaks(house_lesson.notebook(), released(course)) == []
    secret = "secret_result = [2 * value for value in values]"
    leaky = json.loads(released(course))
    leaky["metadata"]["note"] = f"remember: {secret}"
    assert release.leaks(house_lesson.notebook(), json.dumps(leaky)) == [secret]


def test_a_guard_that_fires_writes_nothing(course, monkeypatch, capsys):
    monkeypatch.setattr(release, "leaks", lambda notebook, text: ["half = 4242"])
    assert run(course) == 2
    assert "half = 4242" in capsys.readouterr().err
    assert not list((course / "notebooks").rglob("*.ipynb"))


@pytest.mark.parametrize("mark", ["### BEGIN SOLUTION", "### END SOLUTION"])
def test_an_unfinished_solution_region_is_a_sentence(course, capsys, mark):
    book = house_lesson.notebook()
    target = cell(book, "exercise-2-1-double")
    target["source"] = target["source"].replace(mark, "")
    assert run(house_lesson.write_course(course, book)) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and LESSON in message and "exercise-2-1-double" in message


def test_an_unknown_lesson_is_a_sentence(course, capsys):
    assert run(course, "03_none") == 2
    assert "'03_none'" in capsys.readouterr().err and not list((course / "notebooks").iterdir())


def test_plain_nbgrader_gives_the_same_release(course):
    """`nbgrader generate_assignment` in the course's folder: the same file, and a gradebook that knows the points."""
    run(course)
    ours = released(course)
    environment = os.environ | {"PYTHONPATH": str(COURSE)}
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", LESSON, "--force"]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert released(course) == ours
    assert (course / "work" / "gradebook.db").exists()


# ------------------------------------------------------------------------------------------------ the real lessons

@pytest.mark.parametrize("lesson", lesson_names())
def test_no_line_of_a_solution_or_hidden_test_is_in_the_real_release(lesson):
    """Our own search, apart from the marks' handling in release: whatever a mark encloses, and every model answer."""
    name = lesson_names()[lesson]
    source = json.loads((COURSE / "solutions" / lesson / name).read_text(encoding="utf-8"))
    text = (COURSE / "notebooks" / lesson / name).read_text(encoding="utf-8")
    secrets = release.secret_lines(source)
    assert len(secrets) > 20
    assert release.leaks(source, text) == []
    assert "nbgrader" in text and "BEGIN " not in text


def test_the_real_release_is_what_the_solutions_give():
    assert main(["release", "--check"]) == 0


def test_the_real_lessons_are_tidy_and_keep_the_rules():
    assert main(["tidy", "--check"]) == 0
