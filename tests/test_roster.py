"""Class lists as LMSs and spreadsheets write them, and whose submission each one is."""
import csv
import io

import pytest
from tiny_course import LESSON, result

from autograde.classroom import classroom, read_text, remember_roster
from autograde.errors import UserError
from autograde.roster import Person
from autograde.roster_file import decoded, parse_roster

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,01 Simple cells (4711),02 Tiny (4712),Current Score
,,,,,Manual Posting,,
    Points Possible,,,,,20.00,6.00,(read only)
"Müller, Zoë",2001,770001,zmueller,CNN-1,,,
"Chen, Wei",2002,770002,wchen,CNN-1 and CNN-2,,,
"Chen, Wei",2003,770003,wchen2,CNN-1,,,
"van der Berg, Jan",2004,770004,jberg,CNN-2,,,
"李, 明",2005,770005,lming,CNN-1,,,
"O'Brien, Séan",2006,770006,sobrien,CNN-1,,,
"الأحمد, محمد",2007,770007,malahmad,CNN-1,,,
"Student, Test",9999,,a1b2c3,CNN-1,,,
"""
MOODLE = """\
"First name",Surname,"ID number",Institution,Department,"Email address","Assignment: 02 Tiny (Real)","Last downloaded from this course"
Zoë,Müller,770001,,,zoe@uni.example,-,1795000000
Wei,Chen,770002,,,wei@uni.example,-,1795000000
"""
WORKSHEET = """\
Identifier,"Full name","Email address",Status,Grade,"Maximum grade"
"Participant 88001","Zoë Müller",zoe@uni.example,"Submitted for grading",,100.00
"Participant 88002","Wei Chen",wei@uni.example,"No submission",,100.00
"""
PLAIN = "id,name,email\n1,Zoë Müller,zoe@uni.example\n2,Wei Chen,wei@uni.example\n"


def found(roster, name, number="", is_moodle=False):
    """(the matched person's ids, or the sentence why there is none)."""
    person, why = roster.match({(name, LESSON): (name, number, is_moodle)})[name, LESSON]
    return (person.id or person.sis or person.email) if person else why


# reading

def test_canvas_gradebook_export():
    roster = parse_roster(CANVAS, "roster.csv")
    assert len(roster.people) == 7 and roster.is_canvas and roster.points["02 Tiny (4712)"] == "6.00"
    assert roster.people[0] == Person("Müller, Zoë", id="2001", sis="770001", login="zmueller", section="CNN-1")
    assert roster.people[0].names == ("Zoë", "Müller") and roster.people[0].shown == "Zoë Müller (770001)"
    assert roster.people[3].names == ("Jan", "van der Berg")


@pytest.mark.parametrize("text", [MOODLE, WORKSHEET, PLAIN, MOODLE.replace(",", ";"), PLAIN.replace(",", "\t"),
                                  "sep=;\n" + PLAIN.replace(",", ";"), "Course list\n\n" + PLAIN, PLAIN.replace("\n", "\r\n")])
def test_other_tables(text):
    roster = parse_roster(text, "roster.csv")
    assert [person.name for person in roster.people] == ["Zoë Müller", "Wei Chen"]
    assert [person.email for person in roster.people] == ["zoe@uni.example", "wei@uni.example"]


@pytest.mark.parametrize("header", [
    "Vorname;Nachname;E-Mail-Adresse", "Prénom;Nom;Adresse de courriel", "Nombre;Apellido(s);Dirección de correo",
    "Nome;Cognome;Indirizzo email", "名;姓;メールアドレス", "Имя;Фамилия;Электронная почта", "FIRST NAME;LAST NAME;EMAIL"])
def test_headers_in_other_languages(header):
    assert parse_roster(f"{header}\nZoë;Müller;z@uni.example\n", "r").people == [
        Person(first="Zoë", last="Müller", email="z@uni.example")]


def test_german_name_beside_vorname_is_the_surname():
    assert parse_roster("Matrikelnummer;Name;Vorname\n77;Müller;Zoë\n", "r").people[0].names == ("Zoë", "Müller")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_encodings(encoding, tmp_path):
    (tmp_path / "roster.csv").write_bytes(PLAIN.encode(encoding))
    assert parse_roster(read_text(tmp_path / "roster.csv"), "r").people[0].name == "Zoë Müller"


@pytest.mark.parametrize("content, words", [
    (b"", "is empty"), (b"\n \n", "is empty"), (b"1001,Zoe,zoe@uni.example\n", "has no header"),
    (b"id,name\n", "names nobody"), (b"Student,ID\n    Points Possible,\n", "names nobody"),
    (b"PK\x03\x04 xlsx", "save it as CSV"), (b"\xd0\xcf\x11\xe0 xls", "save it as CSV"), (b"\0" * 50, "not a CSV"),
    (b"\xff\xfeid\xd8", "not a CSV"), (b'id,name\n1,"' + b"x" * 200_000, "not a CSV"),
    (b"id,name\n" + b"x" * 20_000_000, "not a CSV")])
def test_what_cannot_be_read_is_one_sentence(content, words, tmp_path):
    (tmp_path / "roster.csv").write_bytes(content)
    with pytest.raises(UserError, match=words) as error:
        read_text(tmp_path / "roster.csv")
    assert "\n" not in str(error.value)
    with pytest.raises(UserError, match="cannot be read"):
        read_text(tmp_path / "missing.csv")
    with pytest.raises(UserError, match="cannot be read"):
        read_text(tmp_path)


def test_odd_cells():
    text = 'id,name,email\n=1+1,"Eve ""the"" Hacker",=cmd|x\n2,"Two\nLines",b@x\n3,\u202eevil\u202c\x1b[31m,c@x\n\n4,,\n'
    people = parse_roster(text, "r").people
    assert [person.name for person in people] == ['Eve "the" Hacker', "Two Lines", "evil[31m", "4"]
    assert people[0].id == "=1+1"


def test_an_id_of_two_people_is_told_and_tells_neither():
    roster = parse_roster("id,name\n7,Anna Arndt\n7,Bea Bold\n8,Cem Can\n8,Cem Can\n", "r")
    assert len(roster.people) == 3 and roster.warnings == ["The roster gives 7 to more than one person: Anna Arndt, Bea Bold."]
    assert found(roster, "7") == "It could be any of Anna Arndt (7), Bea Bold (7)."
    assert roster.match({("Bea Bold", LESSON): ("Bea Bold", "", False)})["Bea Bold", LESSON][0].name == "Bea Bold"


# matching

@pytest.mark.parametrize("name, number, expected", [
    ("müllerzoë", "2001", "2001"), ("müllerzoë", "", "2001"), ("mullerzoe", "", "2001"), ("Zoë Müller", "", "2001"),
    ("Zoe\u0308 Mu\u0308ller", "", "2001"), ("Müller, Zoë", "", "2001"), ("MUELLER ZOE", "", "2001"), ("770001", "", "2001"),
    ("ZMueller", "", "2001"), ("2001", "", "2001"), ("vanderbergjan", "", "2004"), ("Jan van der Berg", "", "2004"),
    ("李明", "", "2005"), ("明 李", "", "2005"), ("O_Brien, Séan", "", "2006"), ("obrienséan", "2006", "2006"),
    ("محمد الأحمد", "", "2007"), ("الأحمدمحمد", "", "2007"), ("chenwei", "2003", "2003"), ("chenwei", "2002", "2002")])
def test_names_and_numbers_of_downloads(name, number, expected):
    assert found(parse_roster(CANVAS, "r"), name, number) == expected


@pytest.mark.parametrize("name, number, words", [
    ("Wei Chen", "", "any of Wei Chen (770002), Wei Chen (770003)"), ("chenwei", "", "any of"), ("chenwei", "2044", "not the number (2044)"),
    ("müllerzoë", "2004", "Its number is that of Jan van der Berg (770004), its name that of Zoë Müller (770001)."),
    ("müllerzoë", "2044", "This is the name of Zoë Müller (770001), but not the number (2044)."), ("Zoe Miller", "", "the nearest is Zoë Müller"),
    ("Nobody Inparticular", "", "")])
def test_it_never_guesses(name, number, words):
    found_ = found(parse_roster(CANVAS, "r"), name, number)
    assert words in found_ if words else found_ == ""


def test_what_stands_before_an_lms_number_is_no_login():
    roster = parse_roster("id,name,login,email\n1,Anna Lee,leeann,leeann@uni.example\n", "r")
    assert found(roster, "leeann") == "1" and found(roster, "leeann", "4711") == ""


def test_umlauts_written_out_do_not_blur_two_people():
    roster = parse_roster("id,name\n1,Jo Müller\n2,Jo Mueller\n3,Jo Muller\n", "r")
    assert [found(roster, name) for name in ("Jo Müller", "Jo Mueller", "Jo Muller")] == ["1", "2", "3"]
    assert "any of" in found(roster, "muellerjo")


def test_moodles_numbers_are_those_of_the_grading_worksheet_only():
    roster = parse_roster("id,name,identifier\n88002,Zoë Müller,Participant 88001\n1,Wei Chen,Participant 88002\n", "r")
    assert found(roster, "Participant", "88001", True) == "88002"
    assert found(roster, "Wei Chen", "88002", True) == "1"
    plain = parse_roster("id,name\n88001,Zoë Müller\n", "r")
    assert found(plain, "Participant", "88001", True) == ""


def test_two_submissions_that_could_be_one_person_are_nobodys():
    roster = parse_roster(PLAIN, "r")
    both = {("Wei Chen", LESSON): ("Wei Chen", "", False), ("weichen", LESSON): ("weichen", "", False)}
    assert [person for person, _ in roster.match(both).values()] == [None, None]
    both["wei@uni.example", LESSON] = "wei@uni.example", "", False          # an id is stronger than a name
    people = {student: person for (student, _), (person, _) in roster.match(both).items()}
    assert people == {"Wei Chen": None, "weichen": None, "wei@uni.example": roster.people[1]}
    lessons = {("Wei Chen", "01_a"): ("Wei Chen", "", False), ("weichen", "02_b"): ("weichen", "", False)}
    assert [person.name for person, _ in roster.match(lessons).values()] == ["Wei Chen", "Wei Chen"]


def test_submitted_as_settles_what_names_do_not():
    roster = parse_roster("id,name,submitted as\n1,Wei Chen,\n2,Wei Chen,Wei Chen_9\n3,Zoë Müller,zed|Zoe M.\n", "r")
    assert [found(roster, name) for name in ("Wei Chen_9", "Zed", "zoe m.")] == ["2", "3", "3"]


def test_three_hundred_students_of_whom_some_share_names():
    people = [(str(1000 + n), f"First{n % 97} Last{n % 150}") for n in range(300)]
    text = io.StringIO()
    csv.writer(text).writerows([("id", "name"), *people])
    roster = parse_roster(text.getvalue(), "r")
    names = [name for _, name in people]
    matched = roster.match({(f"s{n}", LESSON): (name, "", False) for n, (_, name) in enumerate(people)})
    for n, (number, name) in enumerate(people):
        person = matched[f"s{n}", LESSON][0]
        assert person.id == number if names.count(name) == 1 else person is None


# the class

def handed_in(student, name=None, number="", **facts):
    one = result(student)
    one["provenance"]["intake"] = {"name": name or student, "number": number, "flags": [], **facts}
    return one


def test_a_roster_that_comes_later_changes_no_result(tmp_path):
    results = [handed_in("müllerzoë", number="2001"), handed_in("chenwei_2003", "chenwei", "2003"), handed_in("stranger")]
    before = classroom(tmp_path, results)
    assert before.roster is None and before.absent == {} and [one["flags"] for one in before.results] == [[], [], []]
    remember_roster(tmp_path, CANVAS)
    here = classroom(tmp_path, results)
    assert [one["name"] for one in here.results] == ["Zoë Müller", "Wei Chen", "stranger"]
    assert [one["flags"] for one in here.results] == [[], [], ["not on the roster."]]
    assert [person.id for person in here.absent[LESSON]] == ["2002", "2004", "2005", "2006", "2007"]
    assert [one["flags"] for one in results] == [[], [], []] and here.results[0]["tests"] == results[0]["tests"]
    remember_roster(tmp_path, PLAIN)                        # another one, in the same folder
    assert len(classroom(tmp_path, results).strangers) == 1


def test_who_may_have_handed_in_is_not_called_absent(tmp_path):
    remember_roster(tmp_path, CANVAS)
    here = classroom(tmp_path, [handed_in("Wei Chen")])
    assert "any of" in here.strangers["Wei Chen", LESSON]
    assert {"2002", "2003"} & {person.id for person in here.absent[LESSON]} == set()


def test_a_remembered_roster_that_was_damaged_is_one_sentence(tmp_path):
    (tmp_path / "roster.csv").write_bytes(b"PK\x03\x04")
    with pytest.raises(UserError, match="save it as CSV"):
        classroom(tmp_path, [result("anna")])


def test_decoding_keeps_every_script():
    text = "id,name\n1,李 明\n2,محمد\n3,Ελένη\n"
    assert decoded(text.encode("utf-16"), "r").startswith("id") and decoded(text.encode(), "r") == text
