"""A change of an account in words: what it changes, and what became of it."""

from datetime import date

from django.utils import timezone
from django.utils.formats import date_format

from clinic.registry import registry
from patients.models import BodyRegion
from patients.staff import printed_name


def changes_in_words(changes):
    """The changes of an AccountChange as a list of texts, such as "role Physiotherapist"."""
    return [_words(name, before, after) for name, (before, after) in changes.items()]


def _words(name, before, after):
    techniques = dict(registry.techniques)
    match name:
        case "groups":
            return _given_and_taken("role", before, after)
        case "user_permissions":
            return _given_and_taken("permission", before, after)
        case "is_superuser":
            return "superuser, with every permission" if after else "no longer a superuser"
        case "is_active":
            return "account enabled again" if after else "account disabled"
        case "email":
            return f"e-mail address {after or 'removed'} instead of {before or 'none'}"
        case "second_factor":
            return "second factor and PIN removed"
        case "password_link":
            return "link to choose a new password"
        case "treats_patients":
            return "treats patients"
        case "certificate_expires_on":
            return f"needling certificate until {_day(after)}"
        case "cover_expires_on":
            return f"insurance cover until {_day(after)}" if after else "insurance cover without a last day"
        case "excludes_thorax":
            return "insurance cover for the thorax"
        case "excluded_regions":
            return "insurance cover for " + ", ".join(BodyRegion(one).label for one in before if one not in after)
        case "excluded_techniques":
            lost = [techniques.get(one, one) for one in before if one not in after]
            return "insurance cover for " + ", ".join(lost)


def _given_and_taken(word, before, after):
    given, taken = ([one for one in side if one not in other] for side, other in ((after, before), (before, after)))
    found = [f"{word} {' and '.join(given)}"] if given else []
    return ", ".join([*found, *([f"{word} {' and '.join(taken)} removed"] if taken else [])])


def state_in_words(change):
    """What became of a change, or what it waits for."""
    if change.decided_at is not None:
        verb = "Accepted" if change.is_accepted else "Refused"
        return f"{verb} by {printed_name(change.decided_by)}"
    if not change.is_waiting:
        return "Expired"
    if change.alone_from is None:
        return "Waits for a second admin"
    if change.alone_from > timezone.now():
        return f"Waits until {moment_in_words(change.alone_from)}"
    return "Can take effect now"


def _day(text):
    return date_format(date.fromisoformat(text), "j M Y")


def moment_in_words(at):
    """A time with its day, such as "3 Nov 2026, 14:05"."""
    return date_format(timezone.localtime(at), "j M Y, H:i")
