"""What keeps the course fresh: new pins from pip's report, lessons run again, hooks before a commit, the change log."""
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import house_lesson
import pytest
import yaml

from autograde import rerun, upgrade
from autograde.__main__ import main
from autograde.errors import UserError

COURSE = Path(__file__).resolve().parent.parent
PROJECT = {"name": "striate", "requires-python": ">=3.11"}


def report(*parts, **requires):
    """What pip install --dry-run --report writes, as far as we read it. parts: ("torch", "2.15.0", ">=3.10")."""
    return {"version": "1", "install": [
        {"download_info": {"url": "https://index.example/x.whl"},
         "metadata": {"name": name, "version": version, "requires_python": python, "requires_dist": requires.get(name, [])}}
        for name, version, python in parts]}


BEFORE = "# The full set.\n# torch and torchvision belong together.\nJinja2==3.1.0\nnumpy==2.0.0\noverrides==7.7.0\n"
FOUND = [("jinja2", "3.1.6", ">=3.7"), ("numpy", "2.4.6", ">=3.11"), ("striate", "0.1.0", ">=3.11"), ("Zebra", "1.0", None),
         ("nvidia-cudnn-cu13", "9.1", ">=3"), ("cuda-bindings", "13.0", ">=3"), ("triton", "3.9.1", ">=3"),
         ("torch", "2.15.0", ">=3.10"), ("torchvision", "0.29.2", ">=3.10"), ("argon2_cffi", "25.1", ">=3.8")]
VISION = {"torchvision": ["numpy", "torch==2.15.0", "gdown>=4.7; extra == 'gdown'"]}


# ------------------------------------------------------------------------------------------------ new pins

def test_a_report_becomes_pins():
    """Comments and spelling stay, the course itself and what only CUDA needs are left out, what other systems need is kept."""
    after = upgrade.new_constraints(BEFORE, report(*FOUND, **VISION), PROJECT)
    assert after == ("# The full set.\n# torch and torchvision belong together.\nargon2_cffi==25.1\nJinja2==3.1.6\n"
                     "numpy==2.4.6\noverrides==7.7.0\ntorch==2.15.0\ntorchvision==0.29.2\nZebra==1.0\n")
    assert upgrade.new_constraints(after, report(*FOUND, **VISION), PROJECT) == after
    changes = upgrade.compare(upgrade.pins(BEFORE), upgrade.pins(after))
    assert [line.split()[0] for line in changes] == ["argon2-cffi", "jinja2", "numpy", "torch", "torchvision", "zebra"]
    assert re.fullmatch(r"numpy +2\.0\.0 +→ +2\.4\.6", changes[2]) and "(new)" in changes[0]


def test_todays_constraints_are_in_the_form_that_upgrade_writes():
    text = (COURSE / "constraints.txt").read_text(encoding="utf-8")
    same = report(*((name, version, ">=3.8") for name, version in upgrade.pins(text).items()))
    assert upgrade.new_constraints(text, same, tomllib.loads((COURSE / "pyproject.toml").read_text())["project"]) == text


REFUSED = {
    "a build of this machine": (("torch", "2.13.0+cpu", ">=3.10"), {}, "torch 2.13.0+cpu, a build of this machine only"),
    "a newer Python": (("numpy", "3.0", ">=3.12"), {}, "numpy 3.0 needs Python >=3.12, but pyproject.toml promises 3.11"),
    "another torch": (("torch", "2.13.0", ">=3.10"), VISION, "torchvision 0.29.2 is built for torch ==2.15.0"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_versions_that_not_everybody_could_install_are_refused(case):
    part, requires, words = REFUSED[case]
    others = [found for found in FOUND if found[0] != part[0]]
    with pytest.raises(UserError, match=re.escape(words)):
        upgrade.new_constraints(BEFORE, report(*others, part, **requires), PROJECT)


@pytest.fixture
def small_course(tmp_path, monkeypatch):
    """A git checkout with one old pin and one from today."""
    (tmp_path / "constraints.txt").write_text("# Pins.\nnumpy==1.0\npip==1\n")
    shutil.copy(COURSE / "pyproject.toml", tmp_path)
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=x", "-c", "user.email=x", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    monkeypatch.setattr(upgrade, "COURSE", tmp_path)
    (tmp_path / "report.json").write_text(json.dumps(report(("numpy", "2.4.6", ">=3.11"), ("pip", "1", None))))
    return tmp_path


def test_the_command_writes_what_git_can_bring_back(small_course, capsys):
    options = ["upgrade", "--report", str(small_course / "report.json")]
    assert main([*options, "--check"]) == 1 and "numpy==1.0" in (small_course / "constraints.txt").read_text()
    assert main(options) == 0
    assert (small_course / "constraints.txt").read_text() == "# Pins.\nnumpy==2.4.6\npip==1\n"
    assert "1 pins changed. To go back: git checkout constraints.txt" in capsys.readouterr().out
    assert main(options) == 0 and "newest versions" in capsys.readouterr().out
    (small_course / "constraints.txt").write_text("numpy==1.5\npip==1\n")
    assert main(options) == 2 and "not committed" in capsys.readouterr().err
    assert (small_course / "constraints.txt").read_text() == "numpy==1.5\npip==1\n"


def test_a_failure_of_pip_is_one_sentence(monkeypatch, capsys, tmp_path):
    def no_pip(command, **options):
        return subprocess.CompletedProcess(command, 1, "", "WARNING: x\nERROR: No matching distribution found for torch>=9\n")
    monkeypatch.setattr(upgrade.subprocess, "run", no_pip)
    assert main(["upgrade"]) == 2
    assert capsys.readouterr().err == ("autograde: pip found no versions that go together: "
                                       "ERROR: No matching distribution found for torch>=9\n")
    (tmp_path / "no.json").write_text("{")
    assert main(["upgrade", "--report", str(tmp_path / "no.json")]) == 2 and "no.json is not a report" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------------ lessons run again

def book_with(cell_id, text, picture="AAAA", tags=("demo",)):
    book = house_lesson.notebook()
    demo = house_lesson.cell(book, "demo-double")
    demo |= {"id": cell_id, "metadata": {"tags": list(tags)}}
    demo["outputs"] = [house_lesson.printed(text), {"output_type": "display_data", "metadata": {}, "data": {"image/png": picture}}]
    return book


def test_what_changed_is_said_in_numbers():
    old = book_with("demo-double", "loss 0.1000, error 2 %, 1,200 pictures\n")
    assert rerun.compare(old, book_with("demo-double", "loss 0.1000, error 2 %, 1,200 pictures\n")) == []
    assert rerun.compare(old, book_with("demo-double", "loss 0.0900, error 2 %, 1,199 pictures\n")) == [
        "demo-double: 2 of 3 numbers, by up to 10.0%"]
    assert rerun.compare(old, book_with("demo-double", "the loss\n", "BBBB", ("demo", "nbval-ignore-output"))) == [
        "demo-double: words, picture (it varies from run to run)"]
    assert rerun.compare(old, book_with("demo-new", "x\n")) == []


@pytest.fixture
def lesson(tmp_path):
    """A lesson on disk whose demonstration waits to be run again."""
    book = house_lesson.notebook()
    house_lesson.cell(book, "demo-double")["outputs"] = [house_lesson.printed("[0 2 5]\n")]
    path = tmp_path / "tiny.ipynb"
    path.write_text(json.dumps(book))
    return path


def test_a_lesson_is_run_again_and_written_in_normal_form(lesson, capsys):
    rerun.rerun(lesson)
    printed = capsys.readouterr().out
    assert re.search(r"tiny\.ipynb: \d+ s, \d cells show something else\n", printed)
    assert "    demo-double: 1 of 3 numbers, by up to 20.0%\n" in printed
    first = lesson.read_text()
    assert "[0 2 4]" in first and house_lesson.cell(json.loads(first), "imports")["execution_count"] == 1
    rerun.rerun(lesson)
    assert "nothing changed" in capsys.readouterr().out and lesson.read_text() == first


def test_a_lesson_that_fails_keeps_its_file(lesson):
    before = lesson.read_text().replace("weights = np.arange(3)", "weights = np.arange(no_such_name)")
    lesson.write_text(before)
    with pytest.raises(UserError, match="left as it was: its cell set-up ended with NameError: name 'no_such_name'"):
        rerun.rerun(lesson)
    assert lesson.read_text() == before


def test_an_unknown_lesson_is_one_sentence(capsys):
    assert main(["rerun", "99_nothing"]) == 2 and "there is no lesson '99_nothing'" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------------ git

@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone of the last commit plus the files as they are now, with this Python's programs as its .venv."""
    folder = tmp_path_factory.mktemp("clone")
    if subprocess.run(["git", "rev-parse"], cwd=COURSE, capture_output=True).returncode:
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=COURSE, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (COURSE / name).is_file() and not name.startswith(("data/results/", "tests/benchmarks/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(COURSE / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    git(folder, "init", "-q")
    (folder / ".git/info").mkdir(exist_ok=True)
    (folder / ".git/info/exclude").write_text(".venv\n")
    for key in ("user.name", "user.email"):
        git(folder, "config", key, "x")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "everything")
    return folder


def git(folder, *arguments):
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PYTHONPATH"))}
    environment["PRE_COMMIT_HOME"] = str(folder / ".git/pre-commit")      # not in the home of whoever runs the tests
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, env=environment)


def test_hooks_download_nothing():
    repositories = yaml.safe_load((COURSE / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repository["repo"] for repository in repositories] == ["local"]
    assert {hook["id"] for hook in repositories[0]["hooks"]} == {"ruff", "tidy", "release"}
    assert all(hook["language"] == "system" for hook in repositories[0]["hooks"])


def test_a_commit_that_ci_would_refuse_is_refused_before(clone):
    installed = subprocess.run([sys.executable, "-m", "pre_commit", "install"], cwd=clone, capture_output=True, text=True)
    assert installed.returncode == 0, installed.stderr
    spoiled = {"autograde/errors.py": ("class UserError", "import os\n\n\nclass UserError"),
               "solutions/02_convolution/convolution.ipynb": ('"execution_count": 1,', '"execution_count": 7,'),
               "notebooks/02_convolution/convolution.ipynb": ("# Lesson 02", "# Lesson 2")}
    said = {"autograde/errors.py": "F401", "solutions/02_convolution/convolution.ipynb": "not tidy",
            "notebooks/02_convolution/convolution.ipynb": "is not what solutions/ gives"}
    for name, (old, new) in spoiled.items():
        text = (clone / name).read_text(encoding="utf-8")
        assert old in text
        (clone / name).write_text(text.replace(old, new, 1), encoding="utf-8")
        done = git(clone, "commit", "-am", "spoiled")
        assert done.returncode == 1 and said[name] in done.stdout + done.stderr, done.stdout + done.stderr
        git(clone, "checkout", "HEAD", "--", name)
    (clone / "README.md").write_text("Something else.\n")
    assert git(clone, "commit", "-am", "no code and no lesson").returncode == 0


def test_git_shows_notebooks_cell_by_cell(clone):
    """With the setting that `make hooks` makes."""
    [setting] = re.findall(r"git config diff\.jupyternotebook\.command '(.*)'", (COURSE / "Makefile").read_text())
    git(clone, "config", "diff.jupyternotebook.command", setting.replace("$(CURDIR)/$(BIN)", f"{clone}/.venv/bin"))
    notebook = clone / "solutions/01_simple_cells/simple_cells.ipynb"
    book = json.loads(notebook.read_text(encoding="utf-8"))
    house_lesson.cell(book, "imports")["source"][0] = "import numpy as numpy\n"
    notebook.write_text(json.dumps(book), encoding="utf-8")
    shown = git(clone, "--no-pager", "diff", "--", str(notebook.relative_to(clone))).stdout
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert re.search(r"^\+.*import numpy as numpy$", plain, re.M) and "/source" in plain
    assert '"cell_type"' not in plain and len(plain.splitlines()) < 40
    git(clone, "checkout", "HEAD", "--", ".")


# ------------------------------------------------------------------------------------------------ what people read

def test_the_change_log_knows_this_version():
    """Keep a Changelog: the newest first, and `Unreleased` above the version of pyproject.toml."""
    log = (COURSE / "CHANGELOG.md").read_text(encoding="utf-8")
    version = tomllib.loads((COURSE / "pyproject.toml").read_text())["project"]["version"]
    titles = re.findall(r"^## \[?([^\]\s]+)\]?", log, re.M)
    assert titles[0] == "Unreleased" and titles[1] == version
    kinds = set(re.findall(r"^### (.+)$", log, re.M))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_citation_is_that_of_this_version():
    citation = yaml.safe_load((COURSE / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((COURSE / "pyproject.toml").read_text())["project"]
    assert citation["version"] == project["version"] and citation["cff-version"] == "1.2.0"
    assert citation["authors"] and citation["title"].startswith("striate") and citation["message"]
