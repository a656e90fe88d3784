"""What authors and teaching assistants run: `python -m autograde --help`."""
import os
import sys
from pathlib import Path

# nbgrader starts the program `alembic` by its bare name whenever it makes a gradebook. It is installed beside this
# Python, which need not be on the PATH: .venv/bin/python works without activating anything.
_programs = str(Path(sys.executable).parent)
if _programs not in os.environ.get("PATH", "").split(os.pathsep):
    os.environ["PATH"] = _programs + os.pathsep + os.environ.get("PATH", os.defpath)
