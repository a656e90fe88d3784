"""JupyterLab's page as a student uses it: open a lesson, write into its cells, run it, press Validate."""
import re

from browser import SECONDS

READY = ".jp-Notebook-ExecutionIndicator[data-status='idle']"
CONNECTED = "Python 3 (ipykernel) | Idle"       # in the status bar; before that, running a cell asks for a kernel


class LabPage:
    """One browser window with JupyterLab in it. browser: a browser.Browser; lab: a lab_server.Lab."""

    def __init__(self, browser, lab):
        self.browser, self.page = browser, browser.page
        self.page.goto(lab.url)
        self.page.locator(".jp-DirListing-item").first.wait_for()
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def folder(self):
        """The names in the file browser."""
        return self.page.locator(".jp-DirListing-itemText").all_inner_texts()

    def open(self, lesson, file):
        """Go to the lesson's folder and open its notebook, with double clicks, and wait for its kernel."""
        for name in (lesson, file):
            self.page.locator(".jp-DirListing-item", has_text=name).dblclick()
        self.page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        self.page.locator("#jp-main-statusbar").get_by_text(CONNECTED).wait_for()

    def cell(self, text):
        """The code cell that holds a text."""
        return self.page.locator(".jp-Notebook .jp-CodeCell", has_text=text).first

    def write(self, text, source):
        """Replace what stands in the cell that holds `text`, and run that cell."""
        editor = self.cell(text).locator(".cm-content")
        editor.scroll_into_view_if_needed()
        editor.click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(source)
        self.run_here()

    def run(self, text):
        self.cell(text).locator(".cm-content").click()
        self.run_here()

    def run_here(self):
        """Run the cell with the cursor: [ ], or [4] of the last time, becomes [*] and then a new number."""
        from playwright.sync_api import expect

        prompt = self.page.locator(".jp-Notebook .jp-Cell.jp-mod-active .jp-InputPrompt")
        before = prompt.inner_text()
        self.page.keyboard.press("Control+Enter")
        expect(prompt).not_to_have_text(before, timeout=1000 * SECONDS)
        expect(prompt).to_have_text(re.compile(r"\[\d+\]"), timeout=1000 * SECONDS)
        self.page.locator(READY).wait_for()

    def choose(self, menu, entry):
        self.page.locator(".lm-MenuBar-item", has_text=re.compile(f"^{menu}$")).click()
        self.page.locator(".lm-Menu-item", has_text=re.compile(f"^{entry}")).first.click()

    def run_all(self):
        """Run All Cells → what the last cell shows."""
        self.choose("Run", "Run All Cells")
        self.overview().get_by_text("The tests that you can see").wait_for()
        self.page.locator(READY).wait_for()
        return self.overview()

    def everything(self):
        """The text of the whole notebook, with what its cells show, also where one would have to scroll."""
        return self.page.locator(".jp-Notebook").text_content()

    def overview(self):
        """What the lesson's last cell shows."""
        return self.cell("check.progress()").locator(".jp-OutputArea-output").last

    def validate(self):
        """Press Validate, wait, and return what the dialog shows."""
        self.page.locator(".validate-button").click()
        shown = self.page.locator(".jp-Dialog #validation-message")
        shown.wait_for()
        return shown

    def close_dialog(self):
        self.page.locator(".jp-Dialog button", has_text="Ok").click()
        self.page.locator(".jp-Dialog").wait_for(state="detached")


def rows(overview):
    """{"2.1 output_size": (mark, points, how it stands)} of an overview's table."""
    table = [row.locator("th, td").all_inner_texts() for row in overview.locator("tbody tr").all()]
    return {name: (mark, points, stands) for mark, name, points, stands in table}
