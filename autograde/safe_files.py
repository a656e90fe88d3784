"""The files that were handed in, listed and read without trusting any of them.

Nothing is ever written, no link is followed, no device or pipe is opened, no archive is unpacked to disk, and at most
a fixed number of bytes is read of any file. Only notebooks, and zips that may hold one, are opened at all. What cannot
be read is listed with the reason.
"""
import os
import stat
from functools import partial
from pathlib import Path

from autograde.entry import CLUTTER, DEPTH_LIMIT, NOTEBOOK_LIMIT, Entry, Unreadable, at_most, is_opened, kind_of, printable
from autograde.errors import UserError
from autograde.zips import PACKED_LIMIT, inner_zip, outer_zip


def scan(path):
    """Every file below a folder or in a zip, or the one notebook that `path` is. Raises UserError if it is none."""
    path = Path(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            zipped = _only_zip(path)
            entries = scan(zipped) if zipped else list(_walk(path, ()))
        elif not stat.S_ISREG(mode):
            raise UserError(f"{path} is neither a folder nor a zip file.")
        elif kind_of(path.name) == "notebook":
            entries = [Entry((path.name,), "notebook", None, partial(read_file, path), path.stat().st_mtime)]
        else:
            entries = outer_zip(open(path, "rb"))      # noqa: SIM115  (it stays open while its members are read)
    except FileNotFoundError:
        raise UserError(f"There is no file or folder {path}.") from None
    except Unreadable:
        raise UserError(f"{path} is not a folder, and it cannot be read as a zip file either.") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    if not any(entry.parts for entry in entries):
        raise UserError(f"There are no submissions in {path}: it is empty.")
    return entries


def _only_zip(folder):
    """The download itself, if the folder holds nothing else: nobody has unpacked it yet."""
    names = [name for name in os.listdir(folder) if not CLUTTER.match(name)]
    only = folder / names[0] if len(names) == 1 else None
    return only if only and only.suffix.lower() == ".zip" and only.is_file() and not only.is_symlink() else None


def _walk(folder, parts):
    try:
        with os.scandir(folder) as found:
            files = sorted((file for file in found if not CLUTTER.match(file.name)), key=lambda file: file.name)
    except OSError as error:
        if not parts:
            raise
        yield Entry(parts, "folder", f"The folder cannot be opened ({error.strerror}).")
        return
    if not files:
        yield Entry(parts, "folder")
    for file in files:
        here = (*parts, printable(file.name))
        try:
            status = file.stat(follow_symlinks=False)
        except OSError as error:
            yield Entry(here, kind_of(here[-1]), f"The file cannot be read ({error.strerror}).")
            continue
        if not stat.S_ISDIR(status.st_mode):
            yield from _file(file.path, here, status)
        elif len(here) < DEPTH_LIMIT:
            yield from _walk(file.path, here)
        else:
            yield Entry(here, "folder", "The folders are nested too deeply; hand in the notebook itself.")


def _file(path, parts, status):
    """The entry of one file; the entries in it if it is a zip."""
    kind, problem = kind_of(parts[-1]), _refusal(status)
    if not problem and parts[-1].lower().endswith(".zip"):
        return inner_zip(partial(read_file, path, PACKED_LIMIT), parts)
    read = partial(read_file, path) if is_opened(parts[-1]) and not problem else None
    return [Entry(parts, kind, problem, read, status.st_mtime)]


def _refusal(status):
    if stat.S_ISLNK(status.st_mode):
        return "The file is a link, which is not followed; hand in the file itself."
    if not stat.S_ISREG(status.st_mode):
        return "This is not an ordinary file; hand in the notebook itself."
    if status.st_nlink > 1:
        return "The file is a hard link, shared with another place on the disk; hand in a copy of it."
    return None


def read_file(path, limit=NOTEBOOK_LIMIT):
    """The bytes of an ordinary file; raises Unreadable if it is a link, a device, too long or not permitted."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            problem = _refusal(os.fstat(descriptor))
            if problem:
                raise Unreadable(problem)
            return at_most(file, limit)
    except OSError as error:
        raise Unreadable(f"The file cannot be read ({error.strerror}).") from None
