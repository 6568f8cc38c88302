"""Phone numbers as people type them: read by the phonenumbers library, and stored in international form."""

import re
import unicodedata
from functools import cache
from importlib.resources import files

import phonenumbers
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    PhoneNumberFormat,
    PhoneNumberMatcher,
    PhoneNumberType,
    ValidationResult,
)

TWO_NUMBERS = "Enter one phone number here. Write a second one in the note."
NO_TEXTS = "A text message cannot reach this number. Enter a mobile number, or choose another kind of reminder."

NEEDS_COUNTRY = (
    "The clinic has sites in several countries, and this number has no country code. Choose its country, or begin the"
    " number with + and the country code."
)
SHORTEST = 7
PHONE_IN_TEXT = re.compile(r"(?<!\w)\+?\d(?:[\s().\-/]*\d){6,}(?!\w)")
# A number with words, such as "ask for Jo, 020 7946 0123", is kept as it is: reading it would lose the words.
_NUMBER_ONLY = re.compile(r"[\d+\s().\-/‐-―]+(\s*(x|ext\.?)\s*\d{1,7})?", re.IGNORECASE)
# Of other kinds nobody is known, or it is not known whether they are mobile, so a text message is tried.
_WITHOUT_TEXTS = {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.PAGER,
    PhoneNumberType.UAN,
    PhoneNumberType.VOICEMAIL,
}


def country_of_zone(timezone):
    """The two letters of the country in which a time zone is, such as "GB" for Europe/London; "" if it has none."""
    countries = {parts[2]: parts[0] for parts in _table("zone.tab", "\t")}
    return countries.get(timezone) or countries.get(_other_names().get(timezone), "")


def country_words(country):
    """The name of a country and its code for phone numbers, such as "Ireland, +353"."""
    names = {parts[0]: parts[1] for parts in _table("iso3166.tab", "\t")}
    return f"{names.get(country, country)}, +{phonenumbers.country_code_for_region(country)}"


@cache
def _other_names():
    """{another name of a time zone, such as "Europe/Belfast": its usual name}."""
    return {parts[2]: parts[1] for parts in _table("tzdata.zi", " ") if parts[0] == "L"}


@cache
def _table(name, separator):
    lines = files("tzdata.zoneinfo").joinpath(name).read_text().splitlines()
    return [line.split(separator) for line in lines if line and not line.startswith("#")]


def read_phone(text, country):
    """The one phone number in a text, or None when there is none, more than one, or words beside it.

    `country` is the one of numbers without a country code, as two letters; with "" they cannot be read.
    """
    text = without_marks(text)
    if not _NUMBER_ONLY.fullmatch(text) or has_two_numbers(text, country):
        return None
    try:
        number = phonenumbers.parse(text, country or None)
    except NumberParseException:
        return None
    # A local number without its area code can be dialled in one town only.
    is_whole = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    return number if is_whole else None


def has_two_numbers(text, country):
    """Whether a text holds more than one phone number."""
    found = PhoneNumberMatcher(without_marks(text), country or None, leniency=phonenumbers.Leniency.POSSIBLE)
    return sum(len(str(match.number.national_number)) >= SHORTEST for match in found) > 1


def without_marks(text):
    """The text without invisible characters, which come with numbers that are copied from other programs."""
    text = unicodedata.normalize("NFKC", text)
    return "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc")).strip()


def as_stored(text, country):
    """A number in international form, such as "+44 20 7946 0123"; other texts without invisible characters."""
    number = read_phone(text, country)
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL) if number else without_marks(text)


def text_number(text, country):
    """The number for text messages in E.164 form, such as "+447700900123"; "" if none can receive them."""
    number = read_phone(text, country)
    if number is None or number.extension or phonenumbers.number_type(number) in _WITHOUT_TEXTS:
        return ""
    # Landlines can be shorter than mobile numbers: a mobile number with a figure missing is then still possible.
    if not phonenumbers.is_possible_number_for_type(number, PhoneNumberType.MOBILE):
        return ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def is_readable(text, country):
    """Whether a text is a single phone number."""
    return read_phone(text, country) is not None


def needs_country(text, country, countries):
    """Whether it is not clear in which country a number is: it is not one of `country`, but of another of these.

    `country` is "" if nobody has chosen one. Of a chosen country a number must only be possible, unless it is a number
    that is in use in another one.
    """
    if not country:
        return not is_readable(text, "") and any(is_readable(text, other) for other in countries)
    return not is_in_use(text, country) and any(is_in_use(text, other) for other in countries)


def is_in_use(text, country):
    """Whether a text is a phone number of a range that its country uses, not only one of a possible length."""
    number = read_phone(text, country)
    return number is not None and phonenumbers.is_valid_number(number)


def national_digits(text, country):
    """The digits after the country code, such as "7700900123"; without a country code or trunk zero."""
    number = read_phone(text, country)
    digits = str(number.national_number) if number else "".join(str(int(c)) for c in text if c.isdecimal())
    return digits.removeprefix("0")


def without_country_code(digits):
    """The digits without each country code with which they may begin."""
    return [digits[n:] for n in (1, 2, 3) if digits[:n].isdecimal() and int(digits[:n]) in COUNTRY_CODE_TO_REGION_CODE]


def take_phone(text):
    """(first phone number in the text, text without it); ("", text) if there is none."""
    found = PHONE_IN_TEXT.search(text)
    return (found[0], f"{text[: found.start()]} {text[found.end() :]}".strip()) if found else ("", text)
