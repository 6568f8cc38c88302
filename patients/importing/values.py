"""Words for sex in other systems, and whole names in one cell."""

import re

from patients.models import Patient

from .fields import plain

Sex = Patient.Sex
SEXES = {
    Sex.FEMALE: "f female woman w weiblich weib frau femme feminin feminino femenino femmina v vrouw vrouwelijk mujer"
    " donna mulher kobieta k zensky 2 女 女性 girl mädchen fille",
    Sex.MALE: "m male man mannlich mann homme masculin masculino maschio mannelijk hombre uomo homem mezczyzna 1 男"
    " 男性 boy junge garcon h",
    Sex.OTHER: "o other x d divers nonbinary autre diverso otro outro anders intersex indeterminate third",
    Sex.UNKNOWN: "u unknown notknown na notspecified notstated unspecified unbekannt inconnu onbekend desconocido ns 0"
    " 9 undisclosed prefernottosay declined none null",
}
WORDS_FOR_SEX = {plain(word): sex for sex, words in SEXES.items() for word in words.split()}
GIVEN_FIRST, FAMILY_FIRST = "given", "family"
TITLES = {
    "mr", "mrs", "ms", "miss", "mx", "master", "dr", "prof", "sir", "rev", "herr", "frau", "hr", "fr", "mme", "mlle",
    "monsieur", "madame", "dhr", "mevr", "mw", "sr", "sra", "srta", "sig", "sigra", "dott", "pan", "pani", "med", "phd",
}  # fmt: skip
# Small words before a family name belong to it.
PARTICLES = {
    "van", "von", "vom", "zu", "zum", "zur", "de", "der", "den", "ter", "ten", "te", "het", "di", "da", "do", "dos",
    "das", "del", "della", "dello", "du", "des", "la", "le", "el", "al", "bin", "ibn", "mac", "o", "st", "y", "af",
    "av",
}  # fmt: skip


def sex_of(text, column):
    """The sex that a word stands for, or "" if somebody has to decide it for the whole column.

    `column` are all words of the column: where H is a man, M is a woman in Spanish, and 0 and 1 alone can mean either.
    """
    words = {plain(word) for word in column}
    if plain(text) == "m" and "h" in words and not words & {"f", "femme"}:
        return Sex.FEMALE
    if words <= {"0", "1"}:
        return ""
    return WORDS_FOR_SEX.get(plain(text), "")


def needs_name_order(texts):
    """Whether a person must say which name is first: some have several words and no comma."""
    return any("," not in text and len(_without_titles(text)) > 1 for text in texts)


def split_name(text, order):
    """(given name, family name) of a whole name; None without an `order` that it needs. One word is a family name.

    What is before a comma is the family name. Otherwise `order` decides, GIVEN_FIRST or FAMILY_FIRST; small words such
    as "van der" belong to the family name. Titles are left out.
    """
    if "," in text:
        family, given = text.split(",", 1)
        return " ".join(_without_titles(given)), " ".join(_without_titles(family))
    words = _without_titles(text)
    if len(words) < 2:
        return "", " ".join(words)
    if not order:
        return None
    place = _family_ends(words) if order == FAMILY_FIRST else _family_starts(words)
    if order == FAMILY_FIRST:
        return " ".join(words[place:]), " ".join(words[:place])
    return " ".join(words[:place]), " ".join(words[place:])


def _family_starts(words):
    """The place of the first word of the family name, the last word with the small words before it."""
    place = len(words) - 1
    while place > 1 and plain(words[place - 1]) in PARTICLES:
        place -= 1
    return place


def _family_ends(words):
    place = 0
    while place < len(words) - 2 and plain(words[place]) in PARTICLES:
        place += 1
    return place + 1


def _without_titles(text):
    words = re.sub(r"\([^)]*\)", " ", text).split()
    return [word for word in words if plain(word) not in TITLES or len(words) == 1]
