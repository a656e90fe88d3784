"""python -m autograde: help, exit codes, and one sentence instead of a traceback."""
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from autograde import __main__ as command_line
from autograde.errors import UserError


@pytest.fixture
def fake(monkeypatch):
    """Put a command `tidy` in place whose run() is the given function."""
    def put(run):
        module = SimpleNamespace(configure=lambda parser: parser.add_argument("--number", type=int), run=run)
        monkeypatch.setattr(command_line.importlib, "import_module", lambda name: module)
    return put


def test_alone_it_prints_every_command(capsys):
    assert command_line.main([]) == 0
    printed = capsys.readouterr().out
    for name in ("tidy", "release", "grade", "feedback", "report", "formgrader", "mutants"):
        assert f"\n  {name} " in printed


def test_the_exit_code_is_that_of_the_command(fake):
    fake(lambda args: args.number)
    assert command_line.main(["tidy", "--number", "7"]) == 7


def test_a_user_error_is_one_sentence_and_exit_code_2(fake, capsys):
    def run(args):
        raise UserError("the folder is empty.")
    fake(run)
    assert command_line.main(["tidy"]) == 2
    assert capsys.readouterr().err == "autograde: the folder is empty.\n"


def test_an_unknown_command_names_the_known_ones(capsys):
    assert command_line.main(["tody"]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and "'tody'" in message and "mutants" in message


def test_a_wrong_option_is_one_line_that_says_where_help_is(fake, capsys):
    fake(lambda args: 0)
    with pytest.raises(SystemExit) as stopped:
        command_line.main(["tidy", "--number", "many"])
    message = capsys.readouterr().err
    assert stopped.value.code == 2
    assert message.count("\n") == 1 and "'many'" in message and "tidy --help" in message


def test_control_c_is_a_sentence(fake, capsys):
    def run(args):
        raise KeyboardInterrupt
    fake(run)
    assert command_line.main(["tidy"]) == 130
    assert "stopped" in capsys.readouterr().err


def test_a_missing_package_is_a_sentence(monkeypatch, capsys):
    def missing(name):
        raise ModuleNotFoundError("No module named 'nbformat'", name="nbformat")
    monkeypatch.setattr(command_line.importlib, "import_module", missing)
    assert command_line.main(["tidy"]) == 2
    assert "'nbformat'" in capsys.readouterr().err


def test_an_error_of_our_own_is_not_hidden(fake):
    def run(args):
        raise ZeroDivisionError
    fake(run)
    with pytest.raises(ZeroDivisionError):
        command_line.main(["tidy"])


def test_tidy_does_not_wait_for_torch():
    code = ("import sys, autograde.__main__ as m; m.main(['tidy', '--check', 'pyproject.toml']); "
            "sys.exit('torch' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", code], stderr=subprocess.DEVNULL).returncode == 0


def test_programs_beside_this_python_are_found_without_activating_anything():
    """nbgrader starts `alembic` by name."""
    environment = os.environ | {"PATH": "/usr/bin:/bin"}
    code = "import autograde, shutil; print(shutil.which('alembic'))"
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.strip() != "None"
