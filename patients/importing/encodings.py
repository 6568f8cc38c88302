"""Which encoding a text file has. Name lists are short and mostly ASCII, so guesses by statistics are often wrong.

charset-normalizer and chardet recognised a third to a half of lists with one to four accented names. Here the words
with other letters than A to Z decide: in a wrong encoding they have symbols or capitals inside, or letters that no
language has together. A person sees samples of all possible encodings and can choose another one.
"""

import codecs
import re
import unicodedata
from dataclasses import dataclass

import chardet

# {encoding: name for people}. If two fit equally well, the first is taken.
NAMES = {
    "utf-8": "Unicode (UTF-8)",
    "utf-16-le": "Unicode (UTF-16 LE)",
    "utf-16-be": "Unicode (UTF-16 BE)",
    "cp1252": "Windows, Western Europe (1252)",
    "mac_roman": "Macintosh, Western Europe",
    "cp850": "DOS, Western Europe (850)",
    "cp1250": "Windows, Central Europe (1250)",
    "iso8859_2": "ISO, Central Europe (8859-2)",
    "mac_latin2": "Macintosh, Central Europe",
    "cp852": "DOS, Central Europe (852)",
    "cp1254": "Windows, Turkish (1254)",
    "cp1257": "Windows, Baltic (1257)",
    "cp1251": "Windows, Cyrillic (1251)",
    "koi8_r": "Unix, Cyrillic (KOI8-R)",
    "mac_cyrillic": "Macintosh, Cyrillic",
    "cp1253": "Windows, Greek (1253)",
    "cp1255": "Windows, Hebrew (1255)",
    "cp1256": "Windows, Arabic (1256)",
    "cp932": "Windows, Japanese (932)",
    "gb18030": "Chinese, simplified (GB 18030)",
    "big5": "Chinese, traditional (Big5)",
    "cp949": "Windows, Korean (949)",
}
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
UNICODE = ("utf-8", "utf-16-le", "utf-16-be")
# The letters besides a to z of languages that are often written with the same encoding.
ALPHABETS = [
    "äöüßéèêëáàâãåæçíìîïñóòôõøúùûýÿœ",  # Western and Northern Europe
    "áéíóúýðþæö",  # Icelandic
    "ąćęłńóśźż",
    "áčďéěíňóřšťúůýžäĺľŕô",  # Czech, Slovak
    "áéíóöőúüű",  # Hungarian
    "čćžšđ",  # Croatian, Bosnian, Slovene
    "ăâîșțşţ",
    "çğıiöşüâîû",  # Turkish
    "āčēģīķļņšūžąęėįųõäöü",  # Latvian, Lithuanian, Estonian
]
ALL_LETTERS = frozenset("".join(ALPHABETS))
# The first bytes of the characters in everyday use, which these encodings list before the rare ones.
EVERYDAY = {
    "cp932": range(0x81, 0x98),
    "gb18030": range(0xB0, 0xD8),
    "big5": range(0xA4, 0xC7),
    "cp949": range(0xB0, 0xC9),
}
HALF_WIDTH = range(0xFF61, 0xFFA0)
MARKS = frozenset("’‘“”–—´`°€£…«»ªº§×·№\xa0")
WORD = re.compile(r"[^\s,;|\t\"]*[^\x00-\x7f][^\s,;|\t\"]*")
CONSONANTS = re.compile(r"[бвгджзйклмнпрстфхцчшщъь]{4}|[βγδζθκλμνξπρστφχψς]{4}", re.IGNORECASE)
MOST_WORDS, MOST_SAMPLES = 2000, 4
# Of fewer words statistics say nothing; then the order of NAMES decides.
FEWEST_WORDS = 4
SYMBOL, CONTROL, MIXED, CAPITAL_INSIDE, UNKNOWN_LETTER, OTHER_ALPHABET, PAIR = 4, 8, 4, 3, 2, 1, 0.5
NEARLY = 1


@dataclass(frozen=True)
class Recognised:
    """The encoding of a file. `sample` are words with other letters than A to Z, read with it; `words` counts them.

    `is_certain` if the file is most probably in no other encoding. `damaged` counts characters that could not be read.
    """

    encoding: str
    is_certain: bool
    sample: tuple[str, ...] = ()
    words: int = 0
    damaged: int = 0

    @property
    def name(self):
        return NAMES[self.encoding]


def recognise(raw):
    """The most likely encoding of the bytes of a text file, as a Recognised."""
    return possible(raw)[0]


def possible(raw):
    """Every encoding that the bytes of a text file can have, the most likely first, as a list of Recognised."""
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if raw.startswith(mark):
            return [_recognised(raw, encoding, is_certain=True)]
    if encoding := _without_mark(raw):
        return [_recognised(raw, encoding, is_certain=True)]
    if raw.isascii() or not raw:
        return [Recognised("utf-8", is_certain=True)]
    first = [_recognised(raw, "utf-8", is_certain=True)] if _mostly_utf_8(raw) else []
    found = []
    for encoding in NAMES.keys() - set(UNICODE):
        try:
            words = _words(raw.decode(encoding))
        except UnicodeDecodeError:
            continue
        found.append((_cost(words, encoding), list(NAMES).index(encoding), encoding))
    found = _prefer_by_statistics(raw, sorted(found))
    return first + [_recognised(raw, encoding, is_certain=False) for _, _, encoding in sorted(found)]


def decode(raw, encoding):
    """The text of the file without a byte order mark. What cannot be read becomes U+FFFD, which doubts.py reports."""
    return raw.decode(encoding, "replace").removeprefix("\ufeff")


def _recognised(raw, encoding, *, is_certain):
    text = decode(raw, encoding)
    words = _words(text)
    sample = tuple(dict.fromkeys(words))[:MOST_SAMPLES]
    return Recognised(encoding, is_certain, sample, len(words), text.count("\ufffd"))


def _words(text):
    found = (match[0] for match in WORD.finditer(text))
    return [word for word, _ in zip(found, range(MOST_WORDS), strict=False)]


def _without_mark(raw):
    """UTF-16 without a byte order mark: every second byte of ASCII characters is zero."""
    start = raw[:2000]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) * 4 < len(start) or len(raw) % 2:
        return ""
    return "utf-16-be" if even > odd else "utf-16-le"


def _prefer_by_statistics(raw, found):
    """Of encodings that are almost equally likely, chardet's choice comes first."""
    if len(set(_words(decode(raw, found[0][2])))) < FEWEST_WORDS:
        return found
    near = {codecs.lookup(e).name: e for cost, _, e in found if cost <= found[0][0] + NEARLY}
    guess = chardet.detect(raw, include_encodings=list(near), no_match_encoding=next(iter(near)), compat_names=False)
    chosen = near.get(codecs.lookup(guess["encoding"]).name)
    return [(cost - NEARLY * (e == chosen), place, e) for cost, place, e in found]


def _mostly_utf_8(raw):
    """Whether it is UTF-8, apart from a few damaged characters."""
    damaged = raw.decode("utf-8", "surrogateescape")
    broken = sum("\udc80" <= c <= "\udcff" for c in damaged)
    whole = sum(not c.isascii() for c in damaged) - broken
    return not broken or whole > 9 * broken


def _cost(words, encoding):
    """How unlikely these words are as names, in no unit. They all are in one alphabet, if they are Latin."""
    letters = [c for word in words for c in word.lower() if c in ALL_LETTERS]
    others = min(sum(c not in alphabet for c in letters) for alphabet in ALPHABETS)
    return sum(_cost_of(word, encoding) for word in words) + OTHER_ALPHABET * others


def _cost_of(word, encoding):
    cost, before = 0, ""
    scripts = {_script(c) for c in word if c.isalpha()}
    cost += MIXED * (len(scripts) > 1) + len(CONSONANTS.findall(word))
    for c in word:
        if not c.isascii():
            cost += _cost_of_character(c, encoding)
        if before.islower() and c.isupper() and not (before.isascii() and c.isascii()):
            cost += CAPITAL_INSIDE
        cost += PAIR * (before.isalpha() and c.isalpha() and {_script(before), _script(c)} == {"LATIN"}
                        and not before.isascii() and not c.isascii())  # fmt: skip
        before = c
    return cost


def _cost_of_character(c, encoding):
    if unicodedata.category(c) == "Cc":
        return CONTROL
    if c in MARKS:
        return 0.5 * SYMBOL if c not in "’\xa0" else 0
    if not c.isalpha() and not unicodedata.category(c).startswith("M"):
        return SYMBOL
    if _script(c) == "LATIN":
        return 0 if c.lower() in ALL_LETTERS else UNKNOWN_LETTER
    if encoding in EVERYDAY and c.encode(encoding)[0] not in EVERYDAY[encoding] or ord(c) in HALF_WIDTH:
        return UNKNOWN_LETTER
    return 0.3


def _script(c):
    """The first word of the character's name, such as LATIN. Kana and Han are written together."""
    script = unicodedata.name(c, "UNKNOWN").split()[0]
    return "CJK" if script in ("HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA") else script
