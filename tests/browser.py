"""A real browser for tests: chromium without a window, driven by Playwright, cut off from every other computer.

Screenshots go to the folder that the environment variable STRIATE_SCREENSHOTS names; without it none are taken.
"""
import contextlib
import importlib.util
import itertools
import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run", "--no-proxy-server",
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]
HERE = ("127.0.0.1", "localhost")
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SECONDS = 120                # how long to wait for anything on a busy machine


class Browser:
    """One window: `page` is Playwright's; `elsewhere` lists the addresses on other computers that were asked for."""

    def __init__(self, page, name):
        self.page, self.elsewhere, self.complaints = page, [], []
        self._pictures = (f"{name}-{number:02}" for number in itertools.count(1))
        page.set_default_timeout(1000 * SECONDS)
        page.on("request", self._note_request)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note_request(self, request):
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname not in HERE:
            self.elsewhere.append(request.url)

    def picture(self, what):
        """Take a screenshot, if somebody wants to look at them."""
        folder = os.environ.get("STRIATE_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder, f"{next(self._pictures)}-{what}.png"), animations="disabled")


def axe_finds(page):
    """What axe-core, the common checker for accessible pages, complains of: [(rule, what it asks for, HTML of the place)]."""
    from axe_playwright_python.sync_playwright import Axe
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": AXE_RULES}}).response
    assert len(found["passes"]) > 15                     # it did look
    return [(rule["id"], rule["help"], node["html"]) for rule in found["violations"] for node in rule["nodes"]]


def _needed(found, what):
    """`found`, or the test is skipped; in CI it fails."""
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"this test needs {what}")
    return found


@contextlib.contextmanager
def open_browser(name, width=1400, height=950):
    """A Browser with an empty profile. `name` is the beginning of its pictures' names."""
    _needed(importlib.util.find_spec("playwright"), "the package playwright")
    from playwright.sync_api import sync_playwright

    program = _needed(next(filter(None, map(shutil.which, NAMES)), None), "chromium (Debian: apt install chromium)")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield Browser(chromium.new_page(viewport={"width": width, "height": height}), name)
        finally:
            chromium.close()
