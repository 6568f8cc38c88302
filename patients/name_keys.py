"""Keys that two names share if they are the same or differ in one place only, to find namesakes quickly."""

from itertools import combinations, product

from .sounds import private_gram

# Keys in the index of names begin with this private character, so that nothing else in it is like them.
MARK = "\uf8ff"


def name_keys(given_words, family_words):
    """The set of keys of a name, as entries of the index of names.

    The parameters are the folded words of the given and the family name. What counts is how the longest word of each
    begins and ends. A key stands for all of these or for all but one, in any order, so that neither a typing error nor
    swapped names hide a namesake.
    """
    longest = [max(words, key=len) for words in (given_words, family_words) if words]
    keys = set()
    for starts in product(*map(_starts, longest)):
        parts = sorted({*starts, *(f"{word[-2:]} " for word in longest)})
        fewest = max(len(parts) - 1, min(len(parts), 2), 1)
        sizes = range(fewest, len(parts) + 1)
        keys |= {MARK + private_gram("|".join(key)) for size in sizes for key in combinations(parts, size)}
    return keys


def _starts(word):
    """How a word begins, in one or two letters. ANN and ANNE have one in common, although their ends differ."""
    return [f" {word[:n]}" for n in (1, 2) if n == 1 and len(word) < 5 or n == 2 and len(word) > 3]
