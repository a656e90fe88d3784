"""The class list as a CSV file: read in whatever form an LMS or a spreadsheet wrote it.

Understood are Canvas' gradebook export, Moodle's participants, grades and grading worksheet, and plain tables such as
id,name,email: with commas, semicolons or tabs, in UTF-8, UTF-16 or Latin-1, headers in several languages. A column
"submitted as" holds a name as it stands in the download, for whom nothing else tells.
"""
import csv
import io
import unicodedata
from collections import defaultdict

from autograde.errors import UserError
from autograde.roster import IDS, Person, Roster, folded

LARGEST = 20_000_000                  # bytes
HEADER_WITHIN = 10                    # lines; some tables begin with a title, or with Excel's "sep=;"
FIELDS = {
    "full": "student|name|full name|fullname|student name|display name|vollständiger name|nom complet|nombre completo|"
            "nome completo|volledige naam|imię i nazwisko|фио|姓名|氏名|이름|الاسم|الاسم الكامل|שם מלא|ad soyad",
    "first": "first name|firstname|first|given name|given names|forename|vorname|prénom|prénoms|nombre|nombres|nome|"
             "voornaam|förnamn|imię|имя|名|الاسم الأول|שם פרטי|ad",
    "last": "last name|lastname|last|surname|family name|nachname|familienname|zuname|nom|nom de famille|apellido|apellidos|"
            "apellido(s)|cognome|sobrenome|achternaam|efternamn|nazwisko|фамилия|姓|الكنية|اسم العائلة|שם משפחה|soyad|soyadı",
    "id": "id|student id|studentid|user id|userid|canvas id|canvas user id|kennung",
    "sis": "sis user id|sis id|id number|idnumber|student number|student no|matriculation number|matrikelnummer|matrikel|"
           "matrikelnr|matricule|numéro d'identification|numéro étudiant|número de id|número de identificación|matricola|"
           "numero di matricola|numero id|id-nummer|学号|学籍番号|학번|رقم الطالب|номер зачетки",
    "login": "sis login id|login id|login|username|user name|netid|net id|benutzername|anmeldename|kürzel|identifiant|"
             "nom d'utilisateur|nombre de usuario|usuario|nome utente|gebruikersnaam|användarnamn|логин|用户名|ユーザー名",
    "email": "email|e-mail|mail|email address|e-mail address|e-mail-adresse|emailadresse|adresse de courriel|courriel|"
             "adresse e-mail|correo|correo electrónico|dirección de correo|dirección email|indirizzo email|e-mailadres|"
             "e-post|e-postadress|электронная почта|адрес электронной почты|邮箱|电子邮件地址|メールアドレス|البريد الإلكتروني",
    "identifier": "identifier|bezeichner|identificador|identificatore",
    "section": "section|sections|group|groups|gruppe|gruppen|groupe|groupes|grupo|grupos",
    "alias": "submitted as|alias|also known as",
}
NAMES = {name: key for key, names in FIELDS.items() for name in names.split("|")}


def parse_roster(text, path):
    """The Roster that a table's text holds. Raises UserError, one sentence, if it holds none."""
    best, columns, start, delimiter = -1, [], 0, ","
    lines = text.splitlines(keepends=True)
    if not text.strip():
        raise UserError(f"The roster {path} is empty; export it from your LMS again.")
    for candidate in ",;\t":
        for number, line in enumerate(lines[:HEADER_WITHIN]):
            cells = [clean(cell) for cell in _rows(line, candidate, path)[0]] if line.strip() else []
            known = {_field(cell) for cell in cells} - {None, "section", "alias"}
            if known and len(known) > best:
                best, columns, start, delimiter = len(known), cells, number, candidate
    if best < 1:
        raise UserError(f"The roster {path} has no header: its first line must name the columns, such as id,name,email.")
    kinds = [_field(cell) for cell in columns]
    if "first" in kinds and "last" not in kinds and "full" in kinds:          # German: Name, Vorname
        kinds[kinds.index("full")] = "last"
    roster = Roster([], columns, {"Student", "ID"} <= set(columns))
    for row in _rows("".join(lines[start + 1:]), delimiter, path):
        cells = dict(zip(columns, map(clean, row)))
        found = {}
        for kind, cell in zip(kinds, map(clean, row)):
            if kind and cell:
                found.setdefault(kind, cell)
        if roster.is_canvas and found.get("full", "").casefold().startswith("points possible"):
            roster.points = cells
        elif _is_person(found, roster.is_canvas) and (person := Person(**found)) not in roster.people:
            roster.people.append(person)
    if not roster.people:
        raise UserError(f"The roster {path} names nobody below its header.")
    roster.warnings = list(_doubts(roster.people))
    return roster


def decoded(content, path):
    """The text of a table in whatever encoding a spreadsheet wrote it."""
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UserError(f"The roster {path} is a spreadsheet or a zip, not a CSV; save it as CSV (UTF-8) first.")
    if len(content) > LARGEST or b"\0\0\0\0" in content:
        raise UserError(f"The roster {path} is not a CSV file.")
    encodings = ["utf-8-sig", "cp1252", "latin-1"]
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    elif b"\0" in content[:200]:
        encodings = ["utf-16-be" if content[:1] == b"\0" else "utf-16-le"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UserError(f"The roster {path} is not a CSV file that can be read; save it as CSV (UTF-8).")


def clean(cell):
    """A cell without control and direction characters; the joiners that Persian and Indic names need stay."""
    cell = unicodedata.normalize("NFC", cell)
    return "".join(" " if character.isspace() else character for character in cell
                   if character in "\u200c\u200d" or character.isspace() or unicodedata.category(character)[0] != "C").strip()


def _field(header):
    return NAMES.get(header.casefold())


def _rows(text, delimiter, path):
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)) or [[]]
    except csv.Error:
        raise UserError(f"The roster {path} is not a CSV file that can be read; save it as CSV (UTF-8).") from None


def _is_person(found, is_canvas):
    """Not an empty line, Canvas' line of posting policies or its made-up test student."""
    has_id = any(found.get(key) for key in IDS)
    if is_canvas:
        return has_id and folded(found.get("full", "")) not in ("student, test", "test student")
    return has_id or any(found.get(key) for key in ("full", "first", "last", "identifier"))


def _doubts(people):
    for key in IDS:
        owners = defaultdict(list)
        for person in people:
            owners[getattr(person, key).casefold()].append(person.name)
        for value, names in owners.items():
            if value and len(names) > 1:
                yield f"The roster gives {value} to more than one person: {', '.join(names[:4])}."
