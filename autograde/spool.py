"""Notebooks kept in a temporary file, so that a class of a thousand with pictures in its notebooks needs little memory."""
import os
import tempfile


class Spool:
    """A temporary file of this process; nobody else sees it, and it goes with the process."""

    def __init__(self):
        self._file = tempfile.TemporaryFile(prefix="striate-")        # noqa: SIM115 — open as long as it is needed
        self._end = 0

    def keep(self, content):
        """Write bytes away -> a Kept that gives them back."""
        self._file.seek(self._end)
        self._file.write(content)
        self._file.flush()
        kept = Kept(self._file, self._end, len(content))
        self._end += len(content)
        return kept


class Kept:
    """Bytes that lie in a spool: bytes(kept) reads them. In another process, a worker for instance, they arrive as bytes."""

    def __init__(self, file, start, length):
        self._file, self._start, self._length = file, start, length

    def __bytes__(self):
        return os.pread(self._file.fileno(), self._length, self._start)

    def __len__(self):
        return self._length

    def __reduce__(self):
        return bytes, (bytes(self),)
