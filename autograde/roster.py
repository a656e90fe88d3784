"""The people of a class, and whose submission each one is.

A submission is matched by an id or a name: in either order, without accents, with ae for ä, or squeezed into one word
as in Canvas' downloads. Matching never guesses between two: who could be either is matched to neither, and a sentence
says between whom.
"""
import difflib
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field

MOST_NEAREST = 50                     # unknown names for which the nearest is looked up, which takes time
IDS = ("id", "sis", "login", "email")
GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i", "ß": "ss"})


@dataclass(frozen=True)
class Person:
    """One line of the class list; a field that it does not have is ""."""
    full: str = ""
    first: str = ""
    last: str = ""
    id: str = ""                      # Canvas' own number, or what a plain table calls id
    sis: str = ""                     # the university's number: SIS user ID, ID number, Matrikelnummer
    login: str = ""
    email: str = ""
    identifier: str = ""              # Moodle's grading worksheet: "Participant 12345"
    section: str = ""
    alias: str = ""

    @property
    def names(self):
        """(first name, last name) as far as it can be told."""
        if self.first or self.last:
            return self.first, self.last
        last, comma, first = self.full.partition(",")
        return (first.strip(), last.strip()) if comma else tuple(self.full.rpartition(" ")[::2])

    @property
    def orders(self):
        """The name's words in every order that a download may have them in: "Jan van Ek", "van Ek Jan", "Ek Jan van"."""
        first, last = self.names
        words = f"{first} {last}".split()
        return {f"{first} {last}", f"{last} {first}", *(" ".join(words[n:] + words[:n]) for n in range(len(words)))}

    @property
    def name(self):
        return " ".join(filter(None, self.names)) or next(filter(None, (getattr(self, key) for key in IDS)), "")

    @property
    def shown(self):
        """The name with a number, which tells two people of one name apart."""
        return self.name + next((f" ({getattr(self, key)})" for key in ("sis", "id", "login", "email")
                                 if getattr(self, key) not in ("", self.name)), "")


@dataclass
class Roster:
    people: list
    columns: list                     # the table's header as it was
    is_canvas: bool = False
    points: dict = field(default_factory=dict)      # of Canvas' second line: {column: points possible}
    warnings: list = field(default_factory=list)

    def match(self, handed_in):
        """Whose each submission is: {(student, lesson): (Person or None, why not)}.

        handed_in: {(student, lesson): (name as handed in, the LMS's number or "", whether that is Moodle's)}
        """
        found = {key: self._one(key[0], *names) for key, names in handed_in.items()}
        claims = defaultdict(list)
        for (student, lesson), (person, _, is_sure) in found.items():
            if person:
                claims[lesson, person].append((student, is_sure))
        for (lesson, person), students in claims.items():
            sure = [student for student, is_sure in students if is_sure]
            for student, _ in students:
                if len(students) > 1 and [student] != sure:
                    others = ", ".join(sorted(other for other, _ in students if other != student))
                    found[student, lesson] = None, f"Both this and {others} could be {person.shown}.", False
        unknown = [key for key, (person, why, _) in found.items() if not person and not why]
        nearest = {key: self._nearest(handed_in[key][0]) for key in unknown[:MOST_NEAREST]}
        return {key: (person, why or nearest.get(key, "")) for key, (person, why, _) in found.items()}

    def _one(self, student, name, number, is_moodle):
        """(person or None, why not, whether an id says so)."""
        by_alias, by_id, by_name = self._tables()
        for text in (name, student):
            people = by_alias.get(exact(text), [])
            if len(people) == 1:
                return people[0], "", True
        if number:                               # an LMS's download: what stands before the number is a name, no login
            by_name = by_name[:3]
            sure = set(by_id.get(("identifier" if is_moodle else "id", number), ()))
        else:
            sure = {person for text in (name, student) for person in by_id.get(text.casefold(), ())}
        named = next((people for table, keys in zip(by_name, name_keys(name))
                      if (people := {person for key in keys for person in table.get(key, ())})), set())
        if sure and named and not sure & named:
            return None, (f"Its number is that of {_list(sure)}, its name that of {_list(named)}."), False
        others = {person for person in named if person.id not in ("", number)}
        if number and self.is_canvas and not is_moodle and not sure and others == named != set():
            return None, f"This is the name of {_list(named)}, but not the number ({number}).", False
        people = (sure & named or sure) or named
        if len(people) > 1 and number and not is_moodle:
            people = {person for person in people if number in (person.id, person.sis)} or people
        if len(people) > 1:
            return None, f"It could be any of {_list(people)}.", False
        if people:
            return next(iter(people)), "", bool(sure)
        return None, "", False

    def _nearest(self, name):
        close = difflib.get_close_matches(name.casefold(), [person.name.casefold() for person in self.people], 1, 0.75)
        near = next((person for person in self.people if close and person.name.casefold() == close[0]), None)
        return f"Nobody on the roster has this name; the nearest is {near.shown}." if near else ""

    def _tables(self):
        """What each person can be found by: aliases, ids, and four tables of names from strict to lenient."""
        if not hasattr(self, "_found_by"):
            by_alias, by_id, by_name = defaultdict(list), defaultdict(list), [defaultdict(list) for _ in range(4)]
            for person in self.people:
                for alias in filter(None, map(exact, person.alias.split("|"))):
                    by_alias[alias].append(person)
                for value in {getattr(person, key).casefold() for key in IDS} - {""}:
                    by_id[value].append(person)
                by_id["identifier", re.sub(r"^\D*", "", person.identifier)].append(person)
                if self.is_canvas:               # in other tables, an id need not be the LMS's
                    by_id["id", person.id].append(person)
                for table, *keys in zip(by_name, *map(name_keys, person.orders)):
                    for key in set().union(*keys):
                        table[key].append(person)
                if "@" in person.email:
                    by_name[3][squeezed(person.email.partition("@")[0])].append(person)
            self._found_by = by_alias, by_id, by_name
        return self._found_by


def name_keys(name):
    """Four sets of keys: as written, without accents, squeezed as Canvas does, and as the front of an address may be."""
    text = exact(name)
    plain = [folded(text), folded(text.translate(GERMAN))]
    last, comma, first = text.partition(",")
    turned = [f"{first} {last}", text] if comma else [text]
    tight = {squeezed(one) for one in plain} | {squeezed(folded(one)) for one in turned}
    return {_words(one) for one in turned}, {_words(one) for one in plain}, tight, {squeezed(text)}


def exact(name):
    return " ".join(unicodedata.normalize("NFC", name).casefold().split()).replace("’", "'")


def folded(name):
    """Without accents: "muller" of "Müller"."""
    parts = unicodedata.normalize("NFKD", name.casefold().translate(LETTERS))
    return "".join(character for character in parts if not unicodedata.combining(character))


def squeezed(name):
    """Letters and digits only, as in Canvas' file names."""
    return "".join(character for character in name if character.isalnum() or unicodedata.combining(character))


def _words(name):
    return " ".join(sorted(re.findall(r"[^\s,._]+", name)))


def _list(people):
    names = sorted(person.shown for person in people)
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
