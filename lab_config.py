"""Settings for JupyterLab as `make lab` starts it: what a student needs, offline, and nothing that asks questions.

Authors, who open the folder solutions/, also get the panel in which a cell is made an exercise or a test. The settings
are used only with `jupyter lab --config lab_config.py`; a plain `jupyter lab` is as it always is.
"""
import os
from pathlib import Path

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
}
HIDDEN = [
    "@jupyter/nbgrader:assignment-list",
    "@jupyter/nbgrader:course-list",
    "@jupyter/nbgrader:formgrader",
    "@jupyter/nbgrader:menu",                              # empty without the others
    "@jupyterlab/apputils-extension:announcements",        # asks whether one wants Jupyter's news
]
FOR_AUTHORS = ["@jupyter/nbgrader:create-assignment"]


def hide(handler, page):
    """Called by JupyterLab with the settings it is about to send to the browser."""
    authors = Path(page["serverRoot"]).expanduser().resolve() == course / "solutions"
    hidden = HIDDEN if authors else HIDDEN + FOR_AUTHORS
    return page | {"disabledExtensions": [*page.get("disabledExtensions", []), *hidden]}


c.ServerApp.tornado_settings = {"page_config_hook": hide}

# Nothing is fetched: no news, no look-up of newer versions, no list of extensions to install.
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"

# In a container one is root, and that is meant.
c.ServerApp.allow_root = hasattr(os, "geteuid") and os.geteuid() == 0
