"""Writing files so that neither a reader nor a crash ever meets half of one."""
import os
import tempfile

from autograde.errors import UserError

STAYS = "What was written before is not lost: when that is mended, run the same command again."


def write_whole(path, text):
    """Replace a text file in one step, making its folders; does nothing if it says `text` already.

    UserError where it cannot be written, on a full disk for instance; the old file then stays as it was.
    """
    try:
        if path.read_text(encoding="utf-8") == text:
            return
    except (OSError, ValueError):
        pass
    try:
        _replace(path, text)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}. {STAYS}") from error


def _replace(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with open(descriptor, "w", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
