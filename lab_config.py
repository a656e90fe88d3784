"""Settings for JupyterLab as `make lab` starts it: what a student needs, offline, and nothing that asks questions.

Authors, who open the folder solutions/, also get the panel in which a cell is made an exercise or a test. The settings
are used only with `jupyter lab --config lab_config.py`; a plain `jupyter lab` is as it always is.
"""
import os
from pathlib import Path

import zmq

course = Path(__file__).resolve().parent
c = get_config()
c.ServerApp.root_dir = str(course / "notebooks")

# Of nbgrader a student needs the Validate button, which striate.validate answers. The rest is for teachers, or needs a
# shared exchange folder.
c.ServerApp.jpserver_extensions = {
    "nbgrader.server_extensions.assignment_list": False,
    "nbgrader.server_extensions.course_list": False,
    "nbgrader.server_extensions.formgrader": False,
    "nbgrader.server_extensions.validate_assignment": False,
    "striate.validate": True,
    "nbdime": False,
}
HIDDEN = [
    "@jupyter/nbgrader:assignment-list",
    "@jupyter/nbgrader:course-list",
    "@jupyter/nbgrader:formgrader",
    "@jupyter/nbgrader:menu",                              # empty without the others
    "@jupyterlab/apputils-extension:announcements",        # asks whether one wants Jupyter's news
    "nbdime-jupyterlab",                                   # comparing notebooks: authors do it in the terminal
]
FOR_AUTHORS = ["@jupyter/nbgrader:create-assignment"]


def hide(handler, page):
    """Called by JupyterLab with the settings it is about to send to the browser."""
    authors = Path(page["serverRoot"]).expanduser().resolve() == course / "solutions"
    hidden = HIDDEN if authors else HIDDEN + FOR_AUTHORS
    return page | {"disabledExtensions": [*page.get("disabledExtensions", []), *hidden]}


c.ServerApp.tornado_settings = {
    "page_config_hook": hide,
    "ws_ping_timeout": 30_000,         # milliseconds; the default is longer than tornado allows, and it says so each time
}

# Nothing is fetched: no news, no look-up of newer versions, no list of extensions to install.
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"

# In a container one is root, and that is meant.
c.ServerApp.allow_root = hasattr(os, "geteuid") and os.geteuid() == 0

# The terminal shows the address and what goes wrong, not what goes on.
c.ServerApp.log_level = c.LabApp.log_level = "ERROR"
# Without this, kernels warn that they talk to JupyterLab in the open, if only within this computer.
c.KernelManager.transport_encryption = "auto" if zmq.has("curve") else "disabled"
