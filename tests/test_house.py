"""What the house promises: one declaration of dependencies, make targets that explain themselves, no stray files."""
import ast
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from autograde.__main__ import COMMANDS
from autograde.lesson import lesson_names, load_lesson
from autograde.site_facts import read_facts

COURSE = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((COURSE / "pyproject.toml").read_text())["project"]
DIRECT = [Requirement(text) for text in [*PROJECT["dependencies"], *sum(PROJECT["optional-dependencies"].values(), [])]
          if not text.startswith("striate[")]
CONSTRAINTS = (COURSE / "constraints.txt").read_text().splitlines()
PINS = {canonicalize_name(name): version for name, version in
        (line.split("==") for line in CONSTRAINTS if line and not line.startswith("#"))}


# ------------------------------------------------------------------------------------------------ dependencies

def test_constraints_are_plain_pins():
    """No hashes and no addresses; nothing that only a CUDA build needs, so that a CPU build installs too."""
    for line in CONSTRAINTS:
        assert line.startswith("# ") or re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line), line
    assert [name for name in PINS if re.match(r"nvidia|cuda|triton", name)] == []


@pytest.mark.parametrize("requirement", DIRECT, ids=str)
def test_every_direct_dependency_is_pinned_to_a_version_it_allows(requirement):
    assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)])


def test_everything_that_they_need_is_pinned_too():
    """Follow the requirements of the installed packages from ours: each must be in constraints.txt, or be CUDA's."""
    todo, seen = list(DIRECT), set()
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        if (name, *requirement.extras) in seen or re.match(r"nvidia|cuda|triton", name):
            continue
        seen.add((name, *requirement.extras))
        assert name in PINS, f"{name} is needed but not in constraints.txt"
        extras = list(requirement.extras) or [""]
        needs = map(Requirement, metadata.requires(name) or [])
        todo += [need for need in needs
                 if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras)]
    assert len(seen) > 60


def test_what_is_installed_is_what_the_constraints_say():
    differing = {}
    for name, pinned in PINS.items():
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:           # not needed on this system
            continue
        if installed != pinned:
            differing[name] = (installed, pinned)
    assert differing == {}


def test_conda_users_get_the_same():
    environment = yaml.safe_load((COURSE / "environment.yml").read_text())
    assert environment["channels"] == ["conda-forge"]
    python, pip, with_pip = environment["dependencies"]
    assert python == "python" + PROJECT["requires-python"] and pip == "pip"
    assert with_pip == {"pip": ["-c constraints.txt", "-e .[test]"]}


def test_the_makefile_installs_from_the_same_two_files():
    recipe = (COURSE / "Makefile").read_text()
    assert "pip install" in recipe and "-c constraints.txt -e '.[test]'" in recipe
    assert re.search(r"^\$\(READY\): pyproject.toml constraints.txt$", recipe, re.M)


def test_our_imports_are_declared():
    """Every package that our modules import is a direct dependency."""
    import_names = {"sklearn": "scikit-learn", "yaml": "pyyaml", "PIL": "pillow", "jupyter_server": "jupyter-server"}
    declared = {canonicalize_name(requirement.name) for requirement in DIRECT}
    # These come with ipykernel, nbgrader, jupyterlab, matplotlib and jinja2, which are built on them.
    declared |= {"ipython", "traitlets", "sqlalchemy", "jupyter-server", "tornado", "cycler", "markupsafe"}
    ours = {"striate", "autograde"}
    for path in [*COURSE.glob("striate/*.py"), *COURSE.glob("autograde/*.py")]:
        for module in imported(ast.parse(path.read_text())):
            name = canonicalize_name(import_names.get(module, module))
            assert module in sys.stdlib_module_names | ours or name in declared, f"{path.name} imports {module}"


def imported(tree):
    """The first names of all absolute imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0]


# ------------------------------------------------------------------------------------------------ README

def test_the_readme_lists_the_lessons_with_their_times_and_points():
    rows = re.findall(r"^\| `(\w+)`: .* \| ([^|]+) \| (\d+) \|$", (COURSE / "README.md").read_text(), re.M)
    facts = [read_facts(load_lesson(name), builds="") for name in lesson_names()]
    assert [(name, time, int(points)) for name, time, points in rows] == [(one.name, one.time, one.points) for one in facts]


def test_the_readmes_pictures_pages_and_hours_are_right():
    hours = sum(read_facts(load_lesson(name), builds="").minutes for name in lesson_names()) / 60
    stated = int(re.search(r"About (\d+) hours in all\.", (COURSE / "README.md").read_text())[1])
    assert abs(hours - stated) < 3                           # a new lesson may come before somebody counts again
    readme = (COURSE / "README.md").read_text()
    pictures = re.findall(r"!\[([^\]]{40,})\]\((docs/pictures/\w+\.png)\)", readme)      # each with a text that says what it shows
    assert len(pictures) == readme.count("![") >= 2
    for place in [picture for _, picture in pictures] + re.findall(r"\]\((?!https:|#)([^)]+)\)", readme):
        assert (COURSE / place).is_file(), place
    assert all((COURSE / picture).stat().st_size <= 120_000 for _, picture in pictures)


def test_every_command_of_the_readme_exists():
    readme = (COURSE / "README.md").read_text()
    for command in re.findall(r"python -m autograde (\w+)", readme):
        assert command in COMMANDS, command
    targets = set(re.findall(r"^([a-z]+)(?: [a-z]+)*:", (COURSE / "Makefile").read_text(), re.M)) | {"release"}
    for line in re.findall(r"^make (.*)$", readme, re.M):
        assert line.split()[0] in targets, line


# ------------------------------------------------------------------------------------------------ make

def make(*arguments, folder=COURSE):
    return subprocess.run(["make", "--no-print-directory", *arguments], cwd=folder, capture_output=True, text=True)


def test_make_alone_prints_help():
    done = make()
    assert done.returncode == 0 and done.stdout == make("help").stdout
    for target in ("make lab", "make grade FROM=", "make test"):
        assert target in done.stdout


@pytest.mark.parametrize("arguments, words", [((), "FROM="), (("FROM=/no/such/folder",), "/no/such/folder")])
def test_make_grade_says_what_is_missing_before_it_installs_anything(arguments, words, tmp_path):
    (tmp_path / "Makefile").symlink_to(COURSE / "Makefile")
    done = make("grade", *arguments, folder=tmp_path)
    assert done.returncode == 2 and words in done.stderr.splitlines()[0]
    assert not (tmp_path / ".venv").exists()


def test_an_old_python_gets_a_sentence(tmp_path):
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).symlink_to(COURSE / name)
    old = tmp_path / "python3.8"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = make("lab", f"PYTHON={old}", folder=tmp_path)
    assert done.returncode == 2 and "Python 3.11 or newer" in done.stderr.splitlines()[0]
    assert not (tmp_path / ".venv").exists()


# ------------------------------------------------------------------------------------------------ CI

def test_ci_runs_what_a_developer_types():
    script = COURSE / ".ci" / "run"
    assert subprocess.run(["bash", "-n", str(script)]).returncode == 0
    assert re.search(r"^make test$", script.read_text(), re.M)
    workflow = yaml.safe_load((COURSE / ".github" / "workflows" / "ci.yml").read_text())
    steps = workflow["jobs"]["test"]["steps"]
    assert steps[-1] == {"run": "bash .ci/run"}


def test_make_test_leaves_nothing_out():
    """Dry run: every stage is there, in an order in which the quick ones come first."""
    plan = make("--dry-run", "test").stdout
    stages = ["tidy --check", "release --check", "-m pytest ", "--nbval", "autograde mutants", "everything passed"]
    places = [plan.find(stage) for stage in stages]
    assert -1 not in places and places == sorted(places), plan
    assert "--nbval-cell-timeout=300" in plan


# ------------------------------------------------------------------------------------------------ what is committed

def committed():
    done = subprocess.run(["git", "ls-files"], cwd=COURSE, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [COURSE / line for line in done.stdout.splitlines() if (COURSE / line).is_file()]


def test_nothing_of_students_and_nothing_made_is_committed():
    stray = re.compile(r"gradebook\.db|\.ipynb_checkpoints|__pycache__|\.egg-info|(^|/)(work|\.venv)/|grades\.csv")
    assert [str(path) for path in committed() if stray.search(str(path.relative_to(COURSE)))] == []


def test_no_file_names_this_machine_or_a_package_host():
    pattern = re.compile("|".join(["/work" + "/main", "/work" + "/shared", "pypi" + r"\.org", "/tmp" + "/e/v",
                                   "files.python" + "hosted"]))
    for path in committed():
        assert not pattern.search(path.read_text(encoding="utf-8", errors="ignore")), path


def test_ruff_has_nothing_to_say():
    done = subprocess.run([sys.executable, "-m", "ruff", "check", "."], cwd=COURSE, capture_output=True, text=True)
    if "No module named ruff" in done.stderr:
        pytest.skip("ruff is not installed")
    assert done.returncode == 0, done.stdout


def test_modules_can_be_read_in_one_sitting():
    lengths = {path.name: len(path.read_text().splitlines())
               for package in ("striate", "autograde") for path in (COURSE / package).glob("*.py")}
    assert {name: length for name, length in lengths.items() if length > 300} == {}
