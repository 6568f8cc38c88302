"""How a name sounds in English, roughly, so that a search finds a name that was heard and not read.

The rules are those that tools such as Soundex and Metaphone have in common: vowels after the first letter, silent
letters and double letters do not count, and letters that sound alike are the same. Two names that differ more than in
their sound can have the same key; the search ranks them behind better matches.
"""

import re
from zlib import crc32

# In this order. "gh" is silent after a vowel, as in Leigh and Varughese, which some spell Verghese.
SPELLINGS = [
    (r"^(kn|gn|pn)", "n"),
    (r"^wr", "r"),
    (r"^mac(?=[b-df-hj-np-tv-z])", "mk"),
    (r"^mc", "mk"),
    (r"ph", "f"),
    (r"^gh", "g"),
    (r"gh", ""),
    (r"t?th", "t"),
    (r"sch|sh", "s"),
    (r"dg(?=[eiy])", "j"),
    (r"ch|ck|cc|q", "k"),
    (r"c(?=[eiy])", "s"),
    (r"c", "k"),
    (r"^g(?=[eiy])", "j"),
    (r"x", "ks"),
    (r"z", "s"),
    (r"v", "f"),
    (r"^[aeiouy]", "a"),
    (r"(?<=.)[aeiouyhw]", ""),
    (r"(.)\1+", r"\1"),
]
SPELLINGS = [(re.compile(pattern), sound) for pattern, sound in SPELLINGS]
# The index of names holds groups of at most three characters. A sound becomes two of Unicode's private ones.
PRIVATE, MANY = 0xE000, 6400


def sound_of(word):
    """The key of a folded word: equal for words that sound alike; "" for one that is not in Latin letters."""
    if not re.fullmatch(r"[a-z]+", word):
        return ""
    for pattern, sound in SPELLINGS:
        word = pattern.sub(sound, word)
    return word


def sound_gram(word):
    """The sound of a folded word as an entry of the index of names, or ""."""
    sound = sound_of(word)
    return private_gram(sound) if sound else ""


def private_gram(text):
    """Two of Unicode's private characters that stand for the text. Very few texts share them."""
    number = crc32(text.encode())
    return f"{chr(PRIVATE + number % MANY)}{chr(PRIVATE + number // MANY % MANY)}"
