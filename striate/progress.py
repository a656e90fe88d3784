"""A progress line for long loops: alive while somebody watches, one fixed line of text afterwards."""
import os
import sys
import time

REFRESH = 0.3                # seconds between two drawings
WIDTH = 24                   # characters of the bar


class ProgressLine:
    """A bar with a note and the time left; `finish(text)` puts one line of text in its place.

    In JupyterLab the bar is one output that is drawn over, and the text replaces it, so a saved notebook holds the text
    and nothing else. When a notebook is run without a front end (nbval, nbconvert, a grader) only the text appears. In
    a terminal the bar goes to stderr, the text to stdout.

    total: number of steps. shown=False: neither bar nor text.
    """

    def __init__(self, total, shown=True):
        self.total, self.shown = total, shown
        self.started = self.drawn = time.monotonic()
        self._notebook = _in_notebook()
        self._live = shown and (_watched_notebook() if self._notebook else sys.stderr.isatty())
        self._handle = None

    def update(self, done, note=""):
        """`done` of `total` steps are over; `note` stands behind the bar. Cheap: draws a few times a second only."""
        now = time.monotonic()
        if not self._live or now - self.drawn < REFRESH:
            return
        self.drawn = now
        filled = round(WIDTH * done / self.total)
        left = (now - self.started) * (self.total - done) / max(done, 1)
        self._draw(f"{'█' * filled}{'░' * (WIDTH - filled)} {100 * done // self.total:3d} %  {note}  "
                   f"{_clock(left)} left")

    def finish(self, text):
        """Replace the bar by one line of text. It should hold nothing that differs from run to run."""
        if not self.shown:
            return
        if self._notebook:
            self._display(text)
        else:
            if self._live:
                print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            print(text)

    def _draw(self, text):
        if self._notebook:
            self._display(text)
        else:
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)

    def _display(self, text):
        from IPython.display import display
        if self._handle is None:
            self._handle = display({"text/plain": text}, raw=True, display_id=True)
        else:
            self._handle.update({"text/plain": text}, raw=True)


def _in_notebook():
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")


def _watched_notebook():
    """True if a person looks at this notebook. Jupyter's server and VS Code say so; programs that run notebooks do not."""
    return any(name in os.environ for name in ("JPY_SESSION_NAME", "VSCODE_PID", "COLAB_RELEASE_TAG"))


def _clock(seconds):
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes}:{seconds:02d}"
