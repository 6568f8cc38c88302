"""Finds patients by any part of a name, birth date, phone number or record number. Typing errors are forgiven."""

import re
import unicodedata
from dataclasses import dataclass, field
from itertools import zip_longest

from django.conf import settings
from django.db.models import Case, Count, Q, Sum, Value, When
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.utils import timezone
from jellyfish import damerau_levenshtein_distance

from .birth_conditions import can_be_born, can_be_born_in, can_have_birthday
from .dates import read_date, take_date, take_day_and_month
from .merging import each_person
from .models import NameGram, Patient
from .models.identifier import LETTERS_SIGNS_AND_DIGITS, patients_with_number
from .models.patient import EARLIEST_BIRTH
from .name_keys import name_keys
from .phones import PHONE_IN_TEXT, without_country_code
from .sounds import sound_gram, sound_of

LONGEST_QUERY = 100
SHOWN = 20
# The patients with the same beginning of a family name whose records a list shows.
MOST_NAMED = 500
# The database finds this many candidates by counting grams; they are then ranked word by word.
CANDIDATES = 60
# The rows of the gram index that one search may read. This limits the time of a search, whatever is typed.
ROW_BUDGET = 10_000
PHONE_DIGITS_COMPARED = 9
SHORTEST_PHONE_END = 3
SHORTEST_PHONE_START = 4
SHORTEST_WHOLE_PHONE = 7
# Words with a digit, such as the PPS number 1234567FA, are looked for among national and insurance numbers.
SHORTEST_IDENTIFIER = 6
LEAST_LIKENESS = 0.3
MOST_WORDS = 8
# The sound of fewer letters, which may be the beginning of a longer name, says little.
SHORTEST_HEARD = 4
# Two wrong, missing, added or swapped letters are forgiven in longer words only: HAYWARD is found by "haywood".
SHORTEST_TWO_SLIPS, MANY_SLIPS = 6, 9

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i"})
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ`´"))
_IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_RECORD = re.compile(
    rf"(?<!\w){re.escape(settings.RECORD_NUMBER_PREFIX or '#')}[\s-]?(\d{{1,12}})(?!\w)", re.IGNORECASE
)
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_BESIDE_NUMBERS = {"tel", "phone", "mobile", "mob", "born", "dob"}


def fold(text):
    """The text in lower case and without accents, so that a search for "lukasz ozil" finds "Łukasz Özil"."""
    text = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold().translate(_LETTERS)
    kept = (c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return "".join(c for c in kept if unicodedata.category(c) not in ("Cf", "Cc", "Cs") or c.isspace())


def words(text):
    """The folded words of a text. Vowel signs of Indic scripts are part of their word."""
    return "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in fold(text)).split()


def grams_of_word(word):
    """All groups of three letters, with a space at each end. For East Asian scripts single letters and pairs."""
    if _IDEOGRAPHS.search(word):
        return set(word) | {word[i : i + 2] for i in range(len(word) - 1)}
    padded = f" {word} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def grams_of(patient):
    """A patient's entries in the index: of each word its grams, first letter (" a") and sound; the keys of the name."""
    names = words(patient.searched_names)
    sounds = {sound_gram(word) for word in names} - {""}
    grams = {gram for word in names for gram in (*grams_of_word(word), f" {word[0]}")}
    return sounds | grams | name_keys(words(patient.given_name), words(patient.family_name))


def phone_key(phone):
    """The digits in reverse: numbers with and without a country code then begin with the same digits."""
    return "".join(str(int(c)) for c in reversed(phone) if c.isdecimal())


def phone_is(phone):
    """The condition for patients whose number ends like this one, or is this one without its country code."""
    key = phone_key(phone)
    return _starts_with("phone_key", key[:PHONE_DIGITS_COMPARED]) | Q(
        phone_key__in=[key[:n] for n in range(SHORTEST_WHOLE_PHONE, len(key))]
    )


def phone_starts(digits):
    """The condition for patients whose number starts like this, with or without its trunk zero or country code."""
    digits = digits.removeprefix("00")
    starts = {digits.removeprefix("0"), *without_country_code(digits)}
    condition = Q(pk=None)
    for start in filter(None, starts):
        condition |= _starts_with("phone_start", start)
    return condition


def _starts_with(field, digits):
    """The condition for a column of digits. Digits have the same order in every collation, so an index finds them."""
    condition = Q(**{f"{field}__gte": digits})
    if head := digits.rstrip("9"):
        condition &= Q(**{f"{field}__lt": f"{head[:-1]}{int(head[-1]) + 1}"})
    return condition


@dataclass
class Query:
    """A search: the words of a name, and the conditions that each patient found must meet as well.

    `exact` are the conditions whose matches come first. `is_narrow` is True if the conditions leave few patients.
    """

    words: list = field(default_factory=list)
    conditions: Q = field(default_factory=Q)
    exact: Q = field(default_factory=lambda: Q(pk=None))
    is_narrow: bool = False

    def __bool__(self):
        return bool(self.words or self.conditions)

    def require(self, condition, *, narrow=True):
        self.conditions &= condition
        self.is_narrow |= narrow


def read_query(text):
    """Split the text of the search box into a Query. Never raises an error."""
    query = Query()
    text = text[:LONGEST_QUERY].encode("utf-8", "ignore").decode().replace("\x00", " ")
    if LETTERS_SIGNS_AND_DIGITS.fullmatch(text.strip()) and patients_with_number(text).exists():
        query.require(Q(pk__in=patients_with_number(text)))
        return query
    born_on, text = take_date(text)
    if born_on:
        query.require(can_be_born(born_on))
    birthday, text = take_day_and_month(text)
    if birthday:
        query.require(can_have_birthday(*birthday))
    if email := _EMAIL.search(text):
        query.require(Q(Exact(Lower("email"), email[0].lower())))
        text = _EMAIL.sub(" ", text)
    for number in _RECORD.findall(text):
        query.require(Q(record_number=_record_number(number)))
    text = _RECORD.sub(" ", text)
    for phone in PHONE_IN_TEXT.findall(text):
        _require_number(query, phone_key(phone)[::-1])
    for word in words(PHONE_IN_TEXT.sub(" ", text)):
        if word in _BESIDE_NUMBERS:
            continue
        if word.isdecimal():
            _require_number(query, word)
        elif len(word) >= SHORTEST_IDENTIFIER and re.search(r"\d", word) and patients_with_number(word).exists():
            query.require(Q(pk__in=patients_with_number(word)))
        else:
            query.words.append(word)
    del query.words[MOST_WORDS:]
    return query


def _require_number(query, digits):
    """Require a number that may be a record number, the end of a phone number, a birth date or year, or in a name."""
    exact = Q(record_number=_record_number(digits))
    if len(digits) >= SHORTEST_PHONE_END:
        exact |= phone_is(digits)
    if len(digits) >= SHORTEST_PHONE_START:
        exact |= phone_starts(digits)
    if born_on := read_date(digits):
        exact |= can_be_born(born_on)
    is_year = len(digits) == 4 and EARLIEST_BIRTH.year <= int(digits) <= timezone.localdate().year
    meant = Patient.objects.filter(exact | can_be_born_in(int(digits)) if is_year else exact)
    named = NameGram.objects.filter(gram=digits[:3] if len(digits) >= SHORTEST_PHONE_END else "")
    query.exact |= exact
    # A union, because PostgreSQL uses no index for an OR that contains a subquery.
    found = meant.order_by().values("pk").union(named.values("patient"), patients_with_number(digits))
    query.require(Q(pk__in=found), narrow=not is_year)


def _record_number(digits):
    return f"{settings.RECORD_NUMBER_PREFIX}{int(digits):06d}"


def find_patients(text):
    """At most SHOWN patients that the text most likely means, best match first. None for an empty search.

    A record that was merged is found as the record that stands for the person, with its number as `found_as`.
    """
    return _found(read_query(text))


def _found(query):
    if not query:
        return []
    patients = Patient.objects.registered().select_related("merged_into")
    if query.words and not query.is_narrow:
        patients = patients.filter(pk__in=_candidates(query))
    else:
        nearest = Case(When(query.exact, Value(0)), default=Value(1))
        # As a subquery, because SQLite would otherwise read all patients in their order.
        meeting = Patient.objects.filter(query.conditions).values("pk")
        patients = patients.filter(pk__in=meeting).order_by(nearest, "family_name", "given_name", "pk")
    if not query.words:
        return each_person(list(patients[:SHOWN]))
    return each_person(_ranked(patients[: 4 * CANDIDATES], query.words))[:SHOWN]


def patients_named(text):
    """The keys of the patients that a list is searched for, in no order.

    The same as find_patients, but typing errors are forgiven only if nobody's names contain all the words. All
    patients whose family name begins like the text are among them, up to MOST_NAMED, and so are merged records by
    their number.
    """
    query = read_query(text)
    found = _found(query)
    exact = [patient for patient in found if _contains(patient, query.words)]
    begun = Q(family_name__istartswith=text.strip()) | Q(record_number__iexact=text.strip())
    named = Patient.objects.filter(begun).order_by().values_list("pk", flat=True)[:MOST_NAMED]
    return {*named, *(patient.pk for patient in exact or found)}


def _contains(patient, typed):
    named = words(patient.searched_names)
    return all(any(word in name for name in named) for word in typed)


def _candidates(query):
    """The ids of the patients who share most grams with the words.

    Grams inside a word count three times, and so does its sound.
    """
    grams = _rarest_grams([_grams_typed(word) for word in query.words])
    weight = Case(When(gram__in=[gram for gram in grams if " " not in gram], then=Value(3)), default=Value(1))
    hits = NameGram.objects.filter(gram__in=grams)
    if query.conditions:
        hits = hits.filter(patient_id__in=Patient.objects.filter(query.conditions).values("pk"))
    scored = hits.values_list("patient_id").annotate(score=Sum(weight)).order_by("-score", "patient_id")
    return [patient_id for patient_id, _ in scored[:CANDIDATES]]


def _grams_typed(word):
    if len(word) == 1 and not _IDEOGRAPHS.search(word):
        return {f" {word}"}
    heard = {sound_gram(word)} - {""} if len(word) >= SHORTEST_HEARD else set()
    return grams_of_word(word) | heard


def _rarest_grams(gram_sets):
    """The rarest grams of each word in turn, as many as ROW_BUDGET allows, but at least one for each word."""
    wanted = set().union(*gram_sets)
    rows = dict(NameGram.objects.filter(gram__in=wanted).values_list("gram").annotate(rows=Count("*")))
    by_word = [sorted(grams & rows.keys(), key=lambda gram: (" " in gram, rows[gram])) for grams in gram_sets]
    chosen, budget = set(), ROW_BUDGET
    for turn, grams in enumerate(zip_longest(*by_word)):
        for gram in filter(None, grams):
            if gram not in chosen and (turn == 0 or rows[gram] <= budget):
                chosen.add(gram)
                budget -= rows[gram]
    return chosen


def _ranked(patients, typed):
    typed = [(word, _grams_typed(word)) for word in typed]
    scored = []
    for patient in patients:
        named = words(patient.searched_names)
        score = sum(max(_likeness(word, grams, name) for name in named or [""]) for word, grams in typed)
        if score >= LEAST_LIKENESS * len(typed):
            scored.append((-score, not patient.is_active, len(named), patient.family_name, patient.pk, patient))
    return [row[-1] for row in sorted(scored)]


def _likeness(word, grams, name):
    """From 1 (the same word) down to 0."""
    if word == name:
        return 1
    if name.startswith(word):
        return 0.9
    if word in name:
        return 0.8
    slips = damerau_levenshtein_distance(word, name) if len(word) >= 3 else MANY_SLIPS
    if slips == 1:
        return 0.7
    if len(word) >= SHORTEST_HEARD and sound_of(word) and sound_of(word) == sound_of(name):
        return 0.65
    if slips == 2 and min(len(word), len(name)) >= SHORTEST_TWO_SLIPS:
        return 0.5
    name_grams = grams_of_word(name)
    return 1.2 * len(grams & name_grams) / (len(grams) + len(name_grams))
