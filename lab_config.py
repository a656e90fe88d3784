"""Settings for JupyterLab as `make lab` starts it: what a student needs, offline, and nothing that asks questions.

They are used only with `jupyter lab --config lab_config.py`; a plain `jupyter lab` is as it always is.
"""
import os

c = get_config()  # noqa: F821  (JupyterLab provides it)

# nbgrader's Validate button stays; its other parts need an exchange folder or are for teachers.
c.ServerApp.jpserver_extensions = {
    "nbgrader.server_extensions.assignment_list": False,
    "nbgrader.server_extensions.course_list": False,
    "nbgrader.server_extensions.formgrader": False,
    "nbgrader.server_extensions.validate_assignment": True,
}
c.ServerApp.tornado_settings = {
    "page_config_data": {
        "disabledExtensions": {
            "@jupyter/nbgrader:assignment-list": True,
            "@jupyter/nbgrader:course-list": True,
            "@jupyter/nbgrader:create-assignment": True,
            "@jupyter/nbgrader:formgrader": True,
            "@jupyterlab/apputils-extension:announcements": True,      # the question about Jupyter news
        }
    }
}

# Nothing is fetched: no news, no look-up of newer versions, no list of extensions to install.
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"

# In a container one is root, and that is meant.
c.ServerApp.allow_root = hasattr(os, "geteuid") and os.geteuid() == 0
