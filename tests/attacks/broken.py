"""Files and folders that are no ordinary submission."""
import json

from .kit import ALL, LESSON, PLACE, Link, Specimen, zipped

UNREADABLE = {ALL: "unreadable"}


def unreadable(name, trick, pack, message, **more):
    return Specimen(name, trick, "unreadable", UNREADABLE, pack=pack, message=message, no_flags=more.pop("no_flags", ()), **more)


def _place(content):
    return {PLACE: content}


def _version(number):
    return lambda notebook: _place(json.dumps({**json.loads(notebook), "nbformat": number}).encode())


SHADOW = b"import sys\nprint('1000')\nsys.exit(0)\n"

BROKEN = [
    unreadable("truncated", "Half of the file.", lambda notebook: _place(notebook[:len(notebook) // 2]), "part of it is missing"),
    unreadable("empty-file", "Nothing in the file.", lambda notebook: _place(b""), "empty"),
    unreadable("empty-folder-but-a-note", "A PDF in place of a notebook.", lambda notebook: {f"{LESSON}/answers.pdf": b"%PDF-1.4"},
               "No notebook"),
    unreadable("nbformat-3", "An old format.", _version(3), "old format"),
    unreadable("nbformat-5", "A format of the future.", _version(5), "format 5"),
    unreadable("not-utf-8", "Random bytes.", lambda notebook: _place(b"\x89PNG\xff\xfe" + notebook[:99]), "not UTF-8"),
    unreadable("cells-are-a-dict", "JSON, but no notebook.", lambda notebook: _place(b'{"nbformat": 4, "cells": {}}'), "no list of cells"),
    unreadable("symlink", "A link to a notebook of somebody else.", lambda notebook: _place(Link(f"solved/{PLACE}")), "link"),
    unreadable("zip-bomb", "A zip that unpacks to 60 MB.",
               lambda notebook: {"zip-bomb.zip": zipped({PLACE: bytes(60_000_000)})}, "larger than 20 MB"),
    unreadable("zip-slip", "A zip whose path leads into another student's folder.",
               lambda notebook: {"zip-slip.zip": zipped({f"../blank/{PLACE}": notebook})}, "outside"),
    Specimen("shadow-modules", "ipykernel_launcher.py, numpy.py and sitecustomize.py beside a blank notebook.", "not attempted",
             {ALL: "not attempted"}, blank=True, flags=("Code beside the notebook",),
             pack=lambda notebook: _place(notebook) | {f"{LESSON}/{name}.py": SHADOW
                                                       for name in ("ipykernel_launcher", "numpy", "torch", "sitecustomize")}),
]
