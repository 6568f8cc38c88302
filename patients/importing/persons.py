"""People in files as they are: one name only, and birth dates that are known in part or not known."""

from patients.models.birth import BirthPrecision
from patients.search import words

from .doubts import KEEP, LEAVE_OUT, Doubt
from .fields import BIRTH

ONE_NAME = "There is one name only. It may be the whole name, or a part is missing."
NO_BIRTH_DATE = "There is no birth date. Left empty, it is stored as not known."
NAMES = ("given_name", "family_name", "full_name")


def birth_values(birth):
    """As fields of a patient. The values of a whole date stay those that earlier releases stored, to recognise rows."""
    if birth.is_exact:
        return {"born_on": birth.day}
    return {name: value for name, value in (("born_on", birth.day), ("birth_precision", str(birth.precision))) if value}


def missing_parts(kind, row, *, lacks_birth_dates):
    """Store one name as the family name and a missing birth date as not known; return the Doubts to be decided.

    `lacks_birth_dates` says that somebody already decided it for the whole file.
    """
    if not any(field.type == BIRTH for field in kind.fields):
        return []
    doubtful = {doubt.field for doubt in row.found}
    return [*_one_name(row, doubtful), *_no_birth_date(row, doubtful, lacks_birth_dates)]


def _one_name(row, doubtful):
    names = [row.values.get(name, "") for name in NAMES[:2]]
    if all(names) or not any(names):
        return
    row.values |= {"given_name": "", "family_name": "".join(names)}
    if not doubtful & {*NAMES}:
        name = "full_name" if "full_name" in row.texts else "given_name"
        yield Doubt(name, ONE_NAME, "".join(names), (KEEP, LEAVE_OUT))


def _no_birth_date(row, doubtful, lacks_birth_dates):
    if "born_on" in row.values:
        return
    row.values["birth_precision"] = BirthPrecision.UNKNOWN.value
    if not (lacks_birth_dates or doubtful & {"age", "born_on"}):
        yield Doubt("born_on", NO_BIRTH_DATE, "")


def only_user_named(word, users):
    """The only one of these Users with this name, in either order, or with this family name or user name; else None."""
    asked = set(words(word))
    found = [
        user
        for user in users
        if any(asked == set(words(name)) for name in (user.get_full_name(), user.last_name, user.username) if name)
    ]
    return found[0] if len(found) == 1 else None
