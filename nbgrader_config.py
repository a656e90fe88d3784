"""Settings for nbgrader. Its own commands work in this folder, for example

    .venv/bin/nbgrader generate_assignment 02_convolution --force
    .venv/bin/nbgrader autograde 02_convolution

solutions/ is the source, notebooks/ the release. Everything that belongs to students is kept under work/, which git
ignores and which is also where `make grade` puts its results.
"""
from contextlib import suppress
from pathlib import Path

from autograde.release_steps import RELEASE_STEPS

course = Path(__file__).resolve().parent
work = course / "work"
with suppress(OSError):                                    # a read-only checkout can still be validated
    work.mkdir(exist_ok=True)

c = get_config()

c.CourseDirectory.course_id = "striate"
c.CourseDirectory.root = str(course)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
c.CourseDirectory.submitted_directory = "work/submitted"
c.CourseDirectory.autograded_directory = "work/autograded"
c.CourseDirectory.feedback_directory = "work/feedback"
c.CourseDirectory.solution_directory = "work/solution"
c.CourseDirectory.source_with_tests_directory = "work/source_with_tests"
c.CourseDirectory.db_url = f"sqlite:///{work / 'gradebook.db'}?timeout=60"       # wait for another writer, do not stop
c.CourseDirectory.ignore = [
    ".*", "*.md", "*.py", "*.pyc", "__pycache__", "*.txt", "*.db*", "*.bak", "*~", "feedback",
]

# Submissions come from an LMS. The exchange folder exists only so that nbgrader does not complain that it has none.
c.Exchange.root = str(work / "exchange")

c.GenerateAssignment.preprocessors = RELEASE_STEPS
c.ClearMarkScheme.enforce_metadata = False                 # our mark schemes stand in the question, a locked cell

# A cell that never ends must not hold up the rest. Our cells take seconds.
c.Execute.timeout = 120
c.Execute.interrupt_on_timeout = True
