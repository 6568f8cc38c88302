"""The texts of messages to patients: the defaults, the clinic's own, their placeholders, and an example.

A text contains placeholders such as {site}. A line that has a placeholder without a value is left out. No text names
the patient, the practitioner or the kind of visit.
"""

import re
from datetime import datetime, timedelta
from string import Formatter

from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic.models import Message, MessageText

Kind, Channel = Message.Kind, Message.Channel

COMMON = {
    "site": "name of the site",
    "address": "its address",
    "phone": "its phone number",
}
LINK = {"link": "private link to confirm, or to ask to move or cancel"}
ONE_VISIT = {"day": "day of the visit", "time": "time of the visit"}
VISITS = {"visits": "day and time of each visit; for a move also the time before"}
PLACEHOLDERS = {
    Kind.REMINDER: ONE_VISIT | COMMON | LINK,
    Kind.BOOKED: VISITS | COMMON | LINK,
    Kind.MOVED: VISITS | COMMON | LINK,
    Kind.CANCELLED: VISITS | COMMON,
    Kind.POSTPONED: VISITS | COMMON | LINK,
    Kind.AFTER: COMMON | {"link": "private link to the questions"},
}
# Without these the message says nothing.
REQUIRED = {kind: ["visits"] for kind in Kind} | {Kind.REMINDER: ["day", "time"], Kind.AFTER: ["link"]}

_CONTACT = """
Address: {address}

Confirm, or ask for another time: {link}

To change or cancel an appointment, please call {phone}.

Please do not reply to this message. If you do not want messages like this one, please tell us.
"""
DEFAULTS = {
    (Kind.REMINDER, Channel.EMAIL): (
        "Your appointment on {day}",
        "Hello,\n\nThis is a reminder of your appointment at {site} on {day} at {time}.\n" + _CONTACT,
    ),
    (Kind.BOOKED, Channel.EMAIL): (
        "Your appointment at {site}",
        "Hello,\n\nWe have booked for you at {site}:\n\n{visits}\n\nThe attached file adds it to your calendar.\n"
        + _CONTACT,
    ),
    (Kind.MOVED, Channel.EMAIL): (
        "Your new appointment at {site}",
        "Hello,\n\nWe have moved your appointment at {site}:\n\n{visits}\n\nThe attached file updates your calendar.\n"
        + _CONTACT,
    ),
    (Kind.CANCELLED, Channel.EMAIL): (
        "Your appointment at {site} is cancelled",
        "Hello,\n\nThis appointment at {site} is cancelled:\n\n{visits}\n\nFor a new appointment, please call {phone}."
        "\n\nPlease do not reply to this message. If you do not want messages like this one, please tell us.\n",
    ),
    (Kind.POSTPONED, Channel.EMAIL): (
        "Your appointment at {site} cannot take place",
        "Hello,\n\nWe are sorry: this appointment at {site} cannot take place:\n\n{visits}\n\nWe will call you to find"
        " another time.\n\nTell us which times suit you: {link}\n\nYou can also call us: {phone}.\n\nPlease do not"
        " reply to this message. If you do not want messages like this one, please tell us.\n",
    ),
    (Kind.AFTER, Channel.EMAIL): (
        "How have you been since your visit?",
        "Hello,\n\nThank you for your visit to {site}. Please tell us how you are. It takes about a minute:\n\n{link}"
        "\n\nThe page asks for your date of birth first.\n\nIf anything worries you, please call {phone}.\n\nPlease do"
        " not reply to this message. If you do not want messages like this one, please tell us.\n",
    ),
    (Kind.REMINDER, Channel.SMS): (
        "",
        "Reminder: your appointment at {site}, {day} at {time}.\nTo change it, call {phone}."
        "\nConfirm or change: {link}",
    ),
    (Kind.BOOKED, Channel.SMS): (
        "",
        "Booked at {site}: {visits}.\nTo change it, call {phone}.\nConfirm, change or add to calendar: {link}",
    ),
    (Kind.MOVED, Channel.SMS): (
        "",
        "Your appointment at {site} has moved: {visits}.\nIf this does not suit you, call {phone}.\nDetails: {link}",
    ),
    (Kind.CANCELLED, Channel.SMS): (
        "",
        "Your appointment at {site} is cancelled: {visits}.\nFor a new one, call {phone}.",
    ),
    (Kind.POSTPONED, Channel.SMS): (
        "",
        "Your appointment at {site} cannot take place: {visits}.\nWe will call you about another time."
        "\nOr call {phone}.\nTimes that suit you: {link}",
    ),
    (Kind.AFTER, Channel.SMS): (
        "",
        "How have you been since your visit to {site}? Please answer here: {link}"
        "\nIf anything worries you, call {phone}.",
    ),
}


def text_of(kind, channel):
    """(subject, text) with placeholders: the clinic's own, or the default."""
    own = MessageText.objects.filter(kind=kind, channel=channel).first()
    return (own.subject, own.text) if own else DEFAULTS[kind, channel]


def has_link(kind, channel):
    """Whether messages of this kind have the private link, when the clinic has a web address for patients."""
    return "link" in names_in(text_of(kind, channel)[1])


def compose(messages, *, channel, link=""):
    """(subject, text) of one message for these rows, which have the same patient, kind and site."""
    first = messages[0]
    visit = first.appointment
    site, between = visit.practitioner.site, "\n" if channel == Channel.EMAIL else "; "
    values = {"site": site.name, "address": site.address, "phone": site.phone, "link": link}
    values["day"], values["time"] = day_and_time(first.starts_at, site.zone)
    values["visits"] = between.join(_visit_line(message, site) for message in messages)
    return filled(*text_of(first.kind, channel), values, channel)


def filled(subject, text, values, channel):
    """(subject, text) with the values in place of the placeholders, on one line for a text message."""
    lines = [line for line in text.strip().splitlines() if all(values[name] for name in names_in(line))]
    body = "\n".join(line.format_map(values) for line in lines)
    body = " ".join(body.split()) if channel == Channel.SMS else re.sub(r"\n{3,}", "\n\n", body).strip()
    return " ".join(subject.format_map(values).split()), body


def day_and_time(instant, zone):
    """("Thursday 3 December", "15:30") in the site's time zone."""
    local = instant.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B}", f"{local:%H:%M}"


def _visit_line(message, site):
    was_site = message.was_site or site
    if message.kind == Kind.POSTPONED:
        day, time = day_and_time(message.known_starts_at, was_site.zone)
        return f"{day} at {time}" + (f" at {was_site}" if was_site != site else "")
    day, time = day_and_time(message.starts_at, site.zone)
    if message.kind != Kind.MOVED:
        return f"{day} at {time}"
    day_before, time_before = day_and_time(message.was_starts_at, was_site.zone)
    where = f" at {was_site}" if was_site != site else ""
    return f"{day} at {time} (before: {day_before} at {time_before}{where})"


def names_in(text):
    """The names of the placeholders in a text, in order. Raises ValidationError for braces that are not one."""
    sentence = "Write a placeholder as a word in braces, such as {site}, and no other braces."
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        raise ValidationError(sentence, code="braces") from None
    if any(name == "" or form or convert for _, name, form, convert in parts):
        raise ValidationError(sentence, code="braces")
    if "{{" in text or "}}" in text:
        raise ValidationError(sentence, code="braces")
    return [name for _, name, _, _ in parts if name is not None]


def check_text(text, kind, *, is_subject=False):
    """Raise ValidationError for an unknown placeholder, and for a text without the time of the visit or the link."""
    known = {name: words for name, words in PLACEHOLDERS[kind].items() if not (is_subject and name in VISITS | LINK)}
    names = names_in(text)
    if unknown := [name for name in names if name not in known]:
        listed = ", ".join(f"{{{name}}}" for name in known)
        raise ValidationError(
            f"There is no placeholder {{{unknown[0]}}} here. Use one of these: {listed}.", code="unknown"
        )
    if not is_subject and (missing := [name for name in REQUIRED[kind] if name not in names]):
        listed = " and ".join(f"{{{name}}}" for name in missing)
        lacking = "could not answer" if kind == Kind.AFTER else "would not know the time of the visit"
        raise ValidationError(f"The patient {lacking}. Add {listed}.", code="missing")


def example(kind, channel, subject, text, *, site):
    """(subject, text) as a patient would get it, with an invented visit in a week at this site, which may be None."""
    now = timezone.now()
    zone = site.zone if site else timezone.get_current_timezone()
    day = now.astimezone(zone).date() + timedelta(days=7)
    starts_at, before = (datetime(day.year, day.month, day.day, hour, 30, tzinfo=zone) for hour in (15, 9))
    values = {
        "site": site.name if site else "Harbour Lane Physiotherapy",
        "address": (site and site.address) or "12 Harbour Lane",
        "phone": (site and site.phone) or "01632 960 118",
        "link": "https://clinic.example.org/v/made-up-link/",
    }
    values["day"], values["time"] = day_and_time(starts_at, zone)
    values["visits"] = f"{values['day']} at {values['time']}"
    if kind == Kind.MOVED:
        values["visits"] += " (before: {} at {})".format(*day_and_time(before, zone))
    return filled(subject, text, values, channel)
