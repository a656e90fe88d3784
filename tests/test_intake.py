"""What people and learning-management systems hand in, and what hostile people do, as intake must understand it."""
import json
import os
import random
import stat
import zipfile

import pytest

from autograde import intake, zips
from autograde.errors import UserError
from autograde.intake import decode_notebook, read

LESSONS = {"01_simple_cells": "simple_cells.ipynb", "02_convolution": "convolution.ipynb"}


def notebook(lesson=2, text=""):
    cell = {"cell_type": "code", "id": "a", "metadata": {"nbgrader": {"grade_id": f"exercise-{lesson}-1-name"}},
            "source": text, "outputs": [], "execution_count": None}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}).encode()


NOTEBOOK = notebook()


def lay_out(folder, files):
    """Write {path: bytes, or None for an empty folder}."""
    for name, content in files.items():
        path = folder / name
        (path if content is None else path.parent).mkdir(parents=True, exist_ok=True)
        if content is not None:
            path.write_bytes(content)
    return folder


def pack(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name + "/" * (content is None), content or b"")
    return path


def seen(path):
    return {(one.student, one.lesson): one for one in read(path, LESSONS)}


def good(path):
    """(student, lesson) of everything that has a notebook; fails if anything has not."""
    submissions = read(path, LESSONS)
    assert [one.problem for one in submissions if one.problem] == []
    return [(one.student, one.lesson) for one in submissions]


ANNA, BOB = ("anna", "02_convolution"), ("bob", "02_convolution")
LAYOUTS = {
    "student, lesson": {"anna/02_convolution/convolution.ipynb": NOTEBOOK, "bob/02_convolution/hw2.ipynb": NOTEBOOK},
    "student/name": {"anna/convolution.ipynb": NOTEBOOK, "bob/convolution.ipynb": NOTEBOOK},
    "unknown names": {"anna/work.ipynb": NOTEBOOK, "bob/Untitled.ipynb": NOTEBOOK},
    "nbgrader's submitted": {"submitted/anna/02_convolution/convolution.ipynb": NOTEBOOK,
                             "submitted/bob/02_convolution/convolution.ipynb": NOTEBOOK},
    "lesson twice": {"anna/02_convolution/02_convolution/convolution.ipynb": NOTEBOOK,
                     "bob/02_convolution/convolution.ipynb": NOTEBOOK},
    "lesson first": {"02_convolution/anna/convolution.ipynb": NOTEBOOK, "02_convolution/bob/convolution.ipynb": NOTEBOOK},
    "one top folder": {"download/anna/convolution.ipynb": NOTEBOOK, "download/bob/convolution.ipynb": NOTEBOOK,
                       "download/readme.txt": b""},
    "flat": {"anna_convolution.ipynb": NOTEBOOK, "bob_convolution (1).ipynb": NOTEBOOK, "grades.csv": b""},
    "flat, name last": {"convolution_anna.ipynb": NOTEBOOK, "02_convolution-bob.ipynb": NOTEBOOK},
    "Canvas": {"anna_12345_67890_convolution.ipynb": NOTEBOOK, "bob_LATE_12346_67891_convolution-1.ipynb": NOTEBOOK},
    "Canvas, a folder per lesson": {"02_convolution/anna_1_2_convolution.ipynb": NOTEBOOK,
                                    "02_convolution/bob_2_3_my work.ipynb": NOTEBOOK},
    "Moodle": {"anna_12345_assignsubmission_file_/convolution.ipynb": NOTEBOOK,
               "bob_12346_assignsubmission_file_/Copy of convolution.ipynb": NOTEBOOK},
    "Moodle, flat": {"anna_12345_assignsubmission_file_convolution.ipynb": NOTEBOOK,
                     "bob_12346_assignsubmission_file_x.ipynb": NOTEBOOK},
    "nbgrader's exchange": {"anna+02_convolution+2026-11-01 10:00:00 UTC+x1/convolution.ipynb": NOTEBOOK,
                            "bob+02_convolution+2026-11-01 10:00:00 UTC+x2/convolution.ipynb": NOTEBOOK},
    "endings a browser adds": {"anna/convolution.ipynb.txt": NOTEBOOK, "bob/convolution.ipynb.json": NOTEBOOK},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_as_folder_and_as_zip(layout, tmp_path):
    lay_out(tmp_path / "folder", LAYOUTS[layout])
    assert good(tmp_path / "folder") == [ANNA, BOB]
    assert good(pack(tmp_path / "all.zip", LAYOUTS[layout])) == [ANNA, BOB]
    (tmp_path / "wrapped").mkdir()
    pack(tmp_path / "wrapped" / "download.zip", {f"top/{name}": content for name, content in LAYOUTS[layout].items()})
    assert good(tmp_path / "wrapped") == [ANNA, BOB]


def test_a_zip_per_student(tmp_path):
    inner = pack(tmp_path / "inner.zip", {"homework/convolution.ipynb": NOTEBOOK, "homework/numpy.py": b""}).read_bytes()
    other = pack(tmp_path / "other.zip", {"bob/02_convolution/convolution.ipynb": NOTEBOOK}).read_bytes()
    files = {"anna.zip": inner, "carl_1_2_homework.zip": other, "Dora B_7_assignsubmission_file_/work.zip": inner}
    found = seen(lay_out(tmp_path / "folder", files))
    assert sorted(student for student, _ in found) == ["Dora B", "anna", "carl"]     # and no bob: that name is carl's own
    assert found[ANNA].notebook == NOTEBOOK and "numpy.py" in found[ANNA].flags[0]
    assert seen(pack(tmp_path / "all.zip", files)).keys() == found.keys()


def test_the_folder_of_one_student(tmp_path):
    files = {"02_convolution/convolution.ipynb": NOTEBOOK, "01_simple_cells/simple_cells.ipynb": notebook(1)}
    assert good(lay_out(tmp_path / "anna", files)) == [("anna", "01_simple_cells"), ANNA]
    files = {"convolution.ipynb": NOTEBOOK, "numpy.py": b"", "scratch.ipynb": b"{}"}
    found = read(lay_out(tmp_path / "bob", files), LESSONS)
    assert [one.student for one in found] == ["bob"]
    assert "numpy.py" in found[0].flags[0] and "scratch.ipynb" in found[0].flags[1]


def test_names_in_any_script_and_normal_form(tmp_path):
    names = ["李 明", "Zoë Müller", "Ελένη", "محمد", "O'Brien, Jo"]
    files = {f"{name}/convolution.ipynb": NOTEBOOK for name in names}
    students = [student for student, _ in good(pack(tmp_path / "all.zip", files))]
    assert sorted(students) == sorted([*names[:4], "O_Brien, Jo"])
    decomposed = {"Zoe\u0308/convolution.ipynb": NOTEBOOK}
    assert good(pack(tmp_path / "mac.zip", decomposed))[0][0] == "Zo\u00eb"


def test_a_zip_that_does_not_say_its_names_are_utf8(tmp_path):
    path = pack(tmp_path / "all.zip", {"Zoë/convolution.ipynb": NOTEBOOK})
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        position = content.index(signature) + offset + 1
        content[position] &= ~0x08
    path.write_bytes(content)
    assert good(path)[0][0] == "Zoë"


@pytest.mark.parametrize("name, expected", [
    ("..", "unnamed"), ("", "unnamed"), ("../../etc", "_.._etc"), ("a/b", "a_b"), ("a\x00\x1b[31m\u202eb", "a_31mb"),
    ("-rf", "rf"), ("  spaced \t out ", "spaced out"), (".hidden", "hidden"), ("a*?[b]", "a___b_")])
def test_safe_names(name, expected):
    assert intake.safe_name(name) == expected


def test_long_names_stay_apart():
    one, two = intake.safe_name("x" * 300), intake.safe_name("x" * 301)
    assert one != two and len(one) <= 100
    assert len(intake.safe_name("明" * 300).encode()) <= 100


def test_ids_are_unique_even_where_case_does_not_count():
    students = [("anna", ""), ("Anna", ""), ("wei", "1"), ("wei", "2"), ("wei_1", ""), ("Participant", "77"), ("bob", "5")]
    ids = intake.student_ids(students)
    assert len({name.casefold() for name in ids.values()}) == len(students)
    assert (ids["wei", "2"], ids["Participant", "77"], ids["bob", "5"]) == ("wei_2", "Participant_77", "bob")
    assert ids == intake.student_ids(students[::-1])


# several files of one student

@pytest.mark.parametrize("names", [
    ("a_1_2_convolution.ipynb", "a_1_3_convolution-1.ipynb"), ("a_1_9_convolution.ipynb", "a_1_3_convolution-2.ipynb"),
    ("a/convolution.ipynb", "a/convolution (1).ipynb"), ("a/convolution-Copy1.ipynb", "a/convolution.ipynb"),
    ("a/02_convolution/draft.ipynb", "a/02_convolution/convolution.ipynb")])
def test_the_latest_attempt_counts(names, tmp_path):
    old, new = names
    folder = lay_out(tmp_path, {old: notebook(2, "old"), new: notebook(2, "new"), "b/convolution.ipynb": NOTEBOOK})
    for name in names:
        os.utime(folder / name, (1_000_000, 1_000_000))
    found = seen(folder)["a", "02_convolution"]
    assert found.notebook == notebook(2, "new") and "2 notebooks" in found.flags[0]


def test_of_equals_the_newer_file_counts(tmp_path):
    folder = lay_out(tmp_path, {"a/02_convolution/convolution.ipynb": NOTEBOOK,
                                "a/02_convolution/convolution_final.ipynb": notebook(2, "new")})
    os.utime(folder / "a/02_convolution/convolution.ipynb", (1_000_000, 1_000_000))
    assert seen(folder)["a", "02_convolution"].notebook == notebook(2, "new")


def test_an_attempt_that_cannot_be_read_does_not_cost_the_earlier_one(tmp_path):
    folder = lay_out(tmp_path, {"anna/convolution.ipynb": NOTEBOOK, "anna/convolution (1).ipynb": b'{"nbformat": 4, "ce'})
    found = seen(folder)[ANNA]
    assert found.notebook == NOTEBOOK and any("cannot be read" in flag for flag in found.flags)


def test_an_unrelated_notebook_is_ignored_with_a_flag(tmp_path):
    folder = lay_out(tmp_path, {"anna/02_convolution/convolution.ipynb": NOTEBOOK,
                                "anna/02_convolution/zzz.ipynb": b'{"cells": []}', "bob/convolution.ipynb": NOTEBOOK})
    assert seen(folder)[ANNA].notebook == NOTEBOOK and "zzz.ipynb" in seen(folder)[ANNA].flags[0]


def test_another_lessons_notebook_is_told_apart(tmp_path):
    found = seen(lay_out(tmp_path, {"anna/02_convolution/convolution.ipynb": notebook(1)}))[ANNA]
    assert found.notebook == b"" and "lesson 1, not of 02_convolution" in found.problem


# nobody vanishes

@pytest.mark.parametrize("files, part", [
    ({"anna/02_convolution/report.pdf": b"%PDF"}, "only report.pdf"), ({"anna/essay.docx": b"PK"}, "only essay.docx"),
    ({"anna": None}, "empty"), ({"anna/02_convolution": None}, "empty"), ({"anna/convolution.ipynb": b""}, "empty"),
    ({"anna/.ipynb_checkpoints/convolution-checkpoint.ipynb": NOTEBOOK}, "empty"),
    ({"anna/thing.ipynb": b"{}"}, "not recognised"), ({"anna/work.zip": b"PK no zip"}, "damaged"),
    ({"anna.pdf": b"%PDF"}, "only anna.pdf"), ({"anna_1_2_report.pdf": b"%PDF"}, "only anna_1_2_report.pdf")])
def test_a_student_without_a_notebook_gets_a_reason(files, part, tmp_path):
    honest = {"zoe/convolution.ipynb": NOTEBOOK} if "/" in min(files) or files == {"anna": None} else {
        "zoe_9_9_convolution.ipynb": NOTEBOOK}
    for path in (lay_out(tmp_path / "folder", files | honest), pack(tmp_path / "all.zip", files | honest)):
        found = seen(path)
        assert found.keys() == {ANNA, ("zoe", "02_convolution")}
        assert part in found[ANNA].problem and found[ANNA].notebook == b""
        assert found["zoe", "02_convolution"].notebook == NOTEBOOK


def test_notebooks_of_lessons_that_are_not_asked_for_are_left_alone(tmp_path):
    lay_out(tmp_path, {"anna/01_simple_cells/simple_cells.ipynb": notebook(1), "bob/convolution.ipynb": NOTEBOOK})
    found = read(tmp_path, {"02_convolution": "convolution.ipynb"})
    assert [one.student for one in found] == ["bob"]


def test_only_a_wrong_path_is_an_error(tmp_path):
    (tmp_path / "text.txt").write_text("no zip")
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("missing", "text.txt", "empty", "pipe"):
        with pytest.raises(UserError):
            read(tmp_path / name, LESSONS)


# hostile files

HONEST = {"zoe/02_convolution/convolution.ipynb": NOTEBOOK}


def check_refused(path, part, student="anna"):
    """One refused, and the honest one whole."""
    found = seen(path)
    assert found["zoe", "02_convolution"].notebook == NOTEBOOK and found["zoe", "02_convolution"].flags == ()
    assert part in found[student, "02_convolution"].problem and found[student, "02_convolution"].notebook == b""


def test_links_pipes_and_permissions(tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(NOTEBOOK)
    empty = {f"{name}/02_convolution": None for name in ("soft", "hard", "pipe", "loop")}
    folder = lay_out(tmp_path / "in", HONEST | empty)
    (folder / "soft/02_convolution/convolution.ipynb").symlink_to(secret)
    os.link(secret, folder / "hard/02_convolution/convolution.ipynb")
    os.mkfifo(folder / "pipe/02_convolution/convolution.ipynb")
    (folder / "loop/02_convolution/again").symlink_to(folder)
    (folder / "linked").symlink_to(folder / "zoe")
    for student, part in {"soft": "a link", "hard": "hard link", "pipe": "not an ordinary", "loop": "a link",
                          "linked": "a link"}.items():
        check_refused(folder, part, student)


def test_an_unreadable_file(tmp_path, monkeypatch):
    from autograde import safe_files
    folder = lay_out(tmp_path, HONEST | {"anna/convolution.ipynb": NOTEBOOK})
    real = os.open

    def refuse(path, *flags):
        if "anna" in str(path):
            raise PermissionError(13, "Permission denied")
        return real(path, *flags)
    monkeypatch.setattr(safe_files.os, "open", refuse)
    check_refused(folder, "Permission denied")


def test_a_huge_file_is_not_read(tmp_path):
    folder = lay_out(tmp_path, HONEST | {"anna/convolution.ipynb": b""})
    os.truncate(folder / "anna/convolution.ipynb", 3_000_000_000)
    check_refused(folder, "larger than 20 MB")


def test_a_zip_bomb(tmp_path):
    check_refused(pack(tmp_path / "a.zip", HONEST | {"anna/convolution.ipynb": bytes(60_000_000)}), "larger than 20 MB")
    inner = pack(tmp_path / "i.zip", {f"{n}/convolution.ipynb": bytes(19_000_000) for n in range(30)}).read_bytes()
    found = seen(pack(tmp_path / "b.zip", HONEST | {"anna.zip": inner}))
    assert found["zoe", "02_convolution"].notebook == NOTEBOOK and ANNA in found
    check_refused(pack(tmp_path / "c.zip", HONEST | {"anna.zip": pack(tmp_path / "n.zip", {
        f"{n:090}": b"" for n in range(40_000)}).read_bytes()}), "too many files")


@pytest.mark.parametrize("name", ["../../anna/convolution.ipynb", "/anna/convolution.ipynb", "C:\\anna\\convolution.ipynb",
                                  "anna/../../convolution.ipynb", "anna\\..\\..\\convolution.ipynb"])
def test_paths_that_lead_outside(name, tmp_path):
    found = read(pack(tmp_path / "a.zip", HONEST | {name: NOTEBOOK}), LESSONS)
    assert [one.notebook for one in found if one.student == "zoe"] == [NOTEBOOK]
    refused = [one for one in found if one.student != "zoe"]
    assert len(refused) == 1 and "outside" in refused[0].problem
    assert sorted(os.listdir(tmp_path)) == ["a.zip"]


def test_a_path_through_another_students_folder_does_not_touch_that_student(tmp_path):
    found = seen(pack(tmp_path / "a.zip", HONEST | {"anna/../zoe/02_convolution/convolution.ipynb": notebook(2, "evil")}))
    assert found["zoe", "02_convolution"].notebook == NOTEBOOK


def test_links_passwords_and_damage_in_zips(tmp_path):
    link = zipfile.ZipInfo("anna/convolution.ipynb")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    path = pack(tmp_path / "link.zip", HONEST)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    check_refused(path, "link")

    path = pack(tmp_path / "secret.zip", HONEST | {"anna/convolution.ipynb": NOTEBOOK})
    content = bytearray(path.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    check_refused(path, "password")

    path = pack(tmp_path / "damaged.zip", HONEST | {"anna/convolution.ipynb": NOTEBOOK * 50})
    content = bytearray(path.read_bytes())
    middle = content.rindex(b"convolution.ipynb", 0, content.index(b"PK\x01\x02")) + 30
    content[middle:middle + 8] = b"\xff" * 8
    path.write_bytes(content)
    check_refused(path, "damaged")

    path = tmp_path / "unusual.zip"
    with zipfile.ZipFile(pack(path, HONEST), "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr("anna/convolution.ipynb", NOTEBOOK)
    check_refused(path, "unusual")


def test_a_name_that_comes_twice_in_a_zip(tmp_path):
    with pytest.warns(UserWarning), zipfile.ZipFile(pack(tmp_path / "a.zip", HONEST), "a") as archive:
        for text in ("old", "new"):
            archive.writestr("anna/02_convolution/convolution.ipynb", notebook(2, text))
    found = seen(tmp_path / "a.zip")[ANNA]
    assert found.notebook == notebook(2, "new") and "2 notebooks" in found.flags[0]


def test_odd_names_in_a_zip(tmp_path):
    files = {"a" * 300 + "/convolution.ipynb": NOTEBOOK, "\x1b[31mred/convolution.ipynb": NOTEBOOK,
             "./convolution (3).ipynb": NOTEBOOK, "x/" * 40 + "convolution.ipynb": NOTEBOOK,
             "=cmd|x/convolution.ipynb": NOTEBOOK}
    found = read(pack(tmp_path / "a.zip", HONEST | files), LESSONS)
    assert len(found) == 6 and sum(bool(one.problem) for one in found) == 1
    for one in found:
        assert one.student.isprintable() and "/" not in one.student and len(one.student.encode()) <= 100
        assert all(flag.isprintable() for flag in one.flags)


def test_names_that_are_no_utf8_on_disk(tmp_path):
    folder = os.fsencode(lay_out(tmp_path, HONEST)) + b"/b\xffd"
    os.mkdir(folder)
    with open(folder + b"/convolution.ipynb", "wb") as file:
        file.write(NOTEBOOK)
    found = read(tmp_path, LESSONS)
    assert len(found) == 2
    json.dumps([one.student + one.origin for one in found]).encode()
    "".join(one.student + one.origin for one in found).encode()          # no lone surrogates


def test_a_student_cannot_hand_in_for_another(tmp_path):
    files = {"anna/bob/02_convolution/convolution.ipynb": notebook(2, "evil"),
             "bob/02_convolution/convolution.ipynb": NOTEBOOK,
             "anna/02_convolution/bob_1_2_convolution.ipynb": notebook(2, "evil"),
             "anna/bob_1_assignsubmission_file_/convolution (9).ipynb": notebook(2, "evil")}
    assert seen(lay_out(tmp_path, files))[BOB].notebook == NOTEBOOK and len(seen(tmp_path)) == 2


def test_three_hundred_students_are_read(tmp_path):
    large = notebook(2, "x" * 200_000)
    path = pack(tmp_path / "a.zip", {f"student{n:03}/02_convolution/convolution.ipynb": large for n in range(300)})
    assert len(good(path)) == 300


# bytes → notebook

@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding):
    assert decode_notebook(notebook(2, "λ = 1").decode().encode(encoding))["nbformat"] == 4


def changed(**changes):
    return json.dumps(json.loads(NOTEBOOK) | changes).encode()


@pytest.mark.parametrize("content, part", [
    (b"", "empty"), (b"\0\0\0", "empty"), (NOTEBOOK[:-20], "a part of it is missing"), (b"\xff\xfe\x00\xd8x", "not UTF-8"),
    (b"\x89PNG\r\n", "UTF-8"), (b"hello", "line 1"), (b"[" * 200_000, "nested too deeply"), (b"[]", "not a notebook"),
    (b'"text"', "not a notebook"), (changed(nbformat=3), "old format"), (changed(nbformat=5), "format 5"),
    (changed(nbformat=10 ** 30), "above 1000"), (changed(nbformat="4"), "format 4"), (changed(nbformat=None), "format 4"),
    (changed(nbformat=True), "format 4"), (changed(cells={}), "no list of cells"), (changed(cells=None), "no list"),
    (b'{"nbformat": 4, "cells": ' + b"9" * 5000 + b"}", "unreadable number"), (b'{"worksheets": []}', "old format")])
def test_what_is_no_notebook_gets_one_sentence(content, part):
    with pytest.raises(ValueError, match=part) as caught:
        decode_notebook(content)
    assert str(caught.value).count("\n") == 0 and len(str(caught.value)) < 250


def test_odd_json_that_is_still_a_notebook():
    assert decode_notebook(NOTEBOOK[:-1] + b', "x": NaN, "nbformat": 4}')["nbformat"] == 4


def test_the_limits_are_those_of_the_text():
    assert zips.UNPACKED_LIMIT < zips.PACKED_LIMIT


def test_an_empty_name_in_a_zip(tmp_path):
    path = pack(tmp_path / "a.zip", HONEST | {"qx": b"1"})
    path.write_bytes(path.read_bytes().replace(b"qx", b"\0x"))
    assert good(path) == [("zoe", "02_convolution")]


def test_damaged_zips_and_odd_names_never_stop_the_batch(tmp_path):
    """Either a sentence for the person at the keyboard, or submissions that can be stored and shown."""
    inner = pack(tmp_path / "inner.zip", {"convolution.ipynb": NOTEBOOK}).read_bytes()
    whole = pack(tmp_path / "whole.zip", {f"s{number}/02_convolution/convolution.ipynb": NOTEBOOK for number in range(4)}
                 | {"bob.zip": inner, "carl_1_2_x.ipynb": NOTEBOOK}).read_bytes()
    pieces = ["..", ".", "a", "02_convolution", "01_simple_cells", "convolution.ipynb", "a_1_2_convolution.ipynb",
              "x_3_assignsubmission_file_", "\x1b[0m", "é", "e\u0301", "-", "(1)", "convolution (1).ipynb", "a.zip",
              "Copy of convolution.ipynb", "lesson 2", "_", " ", "\u202e", ".ipynb", "._a", "__MACOSX",
              "a+02_convolution+2026-01-01 00:00:00 UTC"]
    rng, path, understood = random.Random(0), tmp_path / "fuzz.zip", 0
    for round_ in range(300):
        if round_ % 2:
            content = bytearray(whole)
            for _ in range(rng.choice([1, 2, 8])):
                content[rng.randrange(len(content))] = rng.randrange(256)
            path.write_bytes(content)
        else:
            pack(path, {"/".join(rng.choices(pieces, k=rng.randint(1, 4))): rng.choice([NOTEBOOK, b"", inner, b"{}"])
                        for _ in range(rng.randint(1, 8))})
        try:
            found = read(path, LESSONS)
        except UserError:
            continue
        understood += 1
        assert len({(one.student.casefold(), one.lesson) for one in found}) == len(found)
        for one in found:
            assert one.lesson in LESSONS and bool(one.problem) != bool(one.notebook)
            assert one.student and "/" not in one.student and not one.student.startswith((".", "-"))
            " ".join([one.student, one.origin, one.problem or "", *one.flags]).encode()
    assert understood > 200
