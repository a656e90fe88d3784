"""`python -m autograde formgrader` on a tiny graded class, run for a test."""
import contextlib
import signal
import subprocess
import sys

from autograde.formgrader import CONFIG


def command(*arguments):
    return [sys.executable, "-m", "autograde", "formgrader", *map(str, arguments)]


@contextlib.contextmanager
def running_formgrader(course):
    """Formgrader on the folder work/ of a course that tiny_course wrote → the address that it tells its user."""
    settings = CONFIG.replace("str(SOLUTIONS)", repr(str(course / "solutions")))
    (course / "work" / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    process = subprocess.Popen(command("--work", course / "work"), stdout=subprocess.PIPE, text=True)
    try:
        lines = []
        while not lines or "http://" not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1], (course / "work" / "formgrader.log").read_text()
        yield lines[-1].strip()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert (course / "work" / "nbgrader_config.py").read_text(encoding="utf-8") == settings
