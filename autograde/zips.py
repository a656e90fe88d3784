"""Zip files that were handed in, listed and read without unpacking anything to the disk.

Names that lead outside, links, passwords, bombs, damaged members and lists with a million names are met with a reason
per file, and cost nobody but the one who made them.
"""
import io
import os
import re
import stat
import struct
import zipfile
import zlib
from datetime import datetime
from functools import partial

from autograde.entry import (
    CLUTTER,
    DEPTH_LIMIT,
    MEGABYTE,
    NOTEBOOK_LIMIT,
    Entry,
    Unreadable,
    at_most,
    is_opened,
    kind_of,
    printable,
)

PACKED_LIMIT = 100 * MEGABYTE         # of a student's zip
UNPACKED_LIMIT = 60 * MEGABYTE        # of the notebooks in it
NAMES_LIMIT = 4 * MEGABYTE            # of its list of names
OUTER_NAMES_LIMIT = 200 * MEGABYTE    # the same of the whole download
DAMAGED = "The file is damaged in the zip; make the zip anew, or hand in the notebook itself."
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error, MemoryError,
              NotImplementedError, OverflowError, IndexError, KeyError)


def outer_zip(file):
    """The entries of the whole download, an open file that must stay open; zips in it are opened too."""
    return _entries(file, OUTER_NAMES_LIMIT, open_zips=True)


def inner_zip(read, parts):
    """The entries of a student's own zip, `read()` at once and held in memory as far as they are notebooks."""
    here = (*parts[:-1], parts[-1][:-len(".zip")] or "zip")
    try:
        entries = _entries(io.BytesIO(read()), NAMES_LIMIT, open_zips=False)
    except Unreadable as error:
        return [Entry(parts, "other", str(error))]
    left, result = UNPACKED_LIMIT, []
    for entry in entries:
        problem, held = entry.problem, None
        if entry.read and left > 0:
            try:
                content = entry.read()
                left -= len(content)
                held = partial(bytes, content)
            except Unreadable as error:
                problem = str(error)
        elif entry.read:
            problem = f"The zip holds more than {UNPACKED_LIMIT // MEGABYTE} MB of notebooks; hand in only the one."
        result.append(Entry((*here, *entry.parts), entry.kind, problem, held, entry.modified, len(here)))
    return result or [Entry(here, "folder", owner_depth=len(here))]


def _entries(file, names_limit, open_zips):
    try:
        if _names_size(file) > names_limit:
            raise Unreadable("The zip holds too many files; hand in the notebook itself.")
        archive = zipfile.ZipFile(file)
        members = archive.infolist()
    except ZIP_ERRORS:
        raise Unreadable("The zip file is damaged; make it anew, or hand in the notebook itself.") from None
    entries, folders = [], set()
    for member in members:
        name = _name(member)
        parts = tuple(printable(part) for part in name.split("/") if part not in ("", ".", ".."))
        if name.endswith("/") or not parts:       # member.is_dir() fails on an empty name
            folders.add(parts[:DEPTH_LIMIT])
        elif any(map(CLUTTER.match, parts)):
            folders.add(parts[:1] if len(parts) > 1 and not CLUTTER.match(parts[0]) else ())
        elif len(parts) > DEPTH_LIMIT:
            entries.append(Entry(parts[:DEPTH_LIMIT], "folder", "The folders are nested too deeply; hand in the "
                                                                "notebook itself."))
        else:
            entries += _member(archive, member, name, parts, open_zips)
    beginnings = {entry.parts[:length] for entry in entries for length in range(len(entry.parts) + 1)}
    beginnings |= {folder[:length] for folder in folders for length in range(len(folder))}
    return entries + [Entry(folder, "folder") for folder in sorted(folders - beginnings)
                      if not any(map(CLUTTER.match, folder))]


def _member(archive, member, name, parts, open_zips):
    problem = _refusal(member, name)
    if open_zips and not problem and parts[-1].lower().endswith(".zip"):
        return inner_zip(partial(_read, archive, member, PACKED_LIMIT), parts)
    if not problem and parts[-1].lower().endswith(".zip"):
        problem = "A zip in a zip is not opened; hand in the notebook itself."
    kind = kind_of(parts[-1])
    read = partial(_read, archive, member, NOTEBOOK_LIMIT) if is_opened(parts[-1]) and not problem else None
    return [Entry(parts, kind, problem, read, _time(member))]


def _names_size(file):
    """Bytes of the zip's list of names, told from the record at its end (PKWARE's APPNOTE, 4.3.16).

    Python reads the whole list into memory before anything can be asked about it. 0 if there is no such record.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 65_557))
    tail = file.read()
    start = tail.rfind(b"PK\x05\x06")
    return min(size, struct.unpack_from("<I", tail, start + 12)[0]) if 0 <= start <= len(tail) - 22 else 0


def _name(member):
    """The name in the archive with / between folders, read as UTF-8 where an archiver forgot to say that it is."""
    name = member.filename
    if not member.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return name.replace("\\", "/")


def _refusal(member, name):
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/"):
        return "Its path leads outside the zip file; make the zip anew, or hand in the notebook itself."
    if member.create_system == 3 and stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
        return "The zip holds a link or a device in place of a file; hand in the notebook itself."
    if member.flag_bits & 1:
        return "The zip is protected by a password; make it without one, or hand in the notebook itself."
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "The zip is packed in an unusual way; make it with the system's own tool, or hand in the notebook."
    return None


def _read(archive, member, limit):
    try:
        with archive.open(member) as file:
            return at_most(file, limit)
    except ZIP_ERRORS:
        raise Unreadable(DAMAGED) from None


def _time(member):
    try:
        return datetime(*member.date_time).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
