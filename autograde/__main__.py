"""The command line: `python -m autograde COMMAND …`.

A command is a module of this package with `configure(parser)`, which adds its options, and `run(args)`, which returns
the exit code. The module is imported only when its command is called, so that `tidy` does not wait for torch.
"""
import argparse
import importlib
import os
import sys

from autograde.errors import UserError

COMMANDS = {
    "tidy": "put the notebooks of solutions/ into their normal form, and check the rules for lessons",
    "release": "make the students' notebooks/ from solutions/",
    "grade": "grade the submissions in a folder or a zip file",
    "feedback": "write one page for each student",
    "report": "write a page about the class, and tables of all points",
    "formgrader": "grade the written answers in the browser",
    "site": "write the course as a web site of plain files",
    "mutants": "run every known wrong answer and show which test catches it",
    "new": "lay out a new lesson that passes every check, for its author to change",
    "rerun": "run lessons of solutions/ again, keep what they show, and say what changed",
    "upgrade": "write constraints.txt anew, with the newest versions that go together",
}
USAGE_ERROR = 2
STOPPED = 130       # what a shell reports for a program that Ctrl-C ended


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one sentence and the command that helps."""

    def error(self, message):
        print(f"{self.prog}: {message}. For help: {self.prog} --help", file=sys.stderr)
        sys.exit(USAGE_ERROR)


def main(argv=None):
    """Run one command. Returns the exit code: 0 done, 1 something was found, 2 wrong usage, 130 stopped by Ctrl-C."""
    argv = sys.argv[1:] if argv is None else list(argv)
    try:
        return _run(argv)
    except UserError as error:
        print(f"autograde: {error}", file=sys.stderr)
        return USAGE_ERROR
    except KeyboardInterrupt:
        print("\nautograde: stopped by Ctrl-C.", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:                 # the reader of our output went away, as in `… | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(argv):
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(_overview())
        return 0
    name, options = argv[0], argv[1:]
    if name not in COMMANDS:
        raise UserError(f"there is no command {name!r}; the commands are {', '.join(COMMANDS)}.")
    command = _load(name)
    parser = Parser(prog=f"python -m autograde {name}", description=COMMANDS[name].capitalize() + ".")
    command.configure(parser)
    return command.run(parser.parse_args(options))


def _load(name):
    try:
        return importlib.import_module(f"autograde.{name}")
    except ModuleNotFoundError as error:
        raise UserError(f"the Python package {error.name!r} is missing from {sys.prefix}; "
                        "run `make test` once, or `pip install -e . -c constraints.txt`.") from error


def _overview():
    width = max(map(len, COMMANDS))
    lines = ["usage: python -m autograde COMMAND [options]", ""]
    lines += [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    lines += ["", "Options of a command: python -m autograde COMMAND --help"]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
