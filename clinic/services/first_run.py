"""Set up a clinic: site, rooms, kinds of visits, people, weekly hours and the test of the e-mail."""

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from clinic.accounts import second_admin
from clinic.mail_refusals import why_not_sent
from clinic.models import AppointmentType, Practitioner, Room, Site, WorkingHours
from clinic.permissions import may_set_up_clinic
from patients.audit.recording import add_audit_entry
from patients.integrity.authorization import needs
from patients.integrity.changes import changes_between, field_values
from patients.integrity.proof import require_proof
from patients.models import TrailEntry

from .account_changes import ask_for_account_change

Action = TrailEntry.Action


@needs(may_set_up_clinic)
@transaction.atomic
def save_site(site, *, by, **fields):
    """Save a new or changed site. Raises ValidationError, with the fields that are wrong."""
    before = field_values(Site.objects.get(pk=site.pk)) if site.pk else None
    for name, value in fields.items():
        setattr(site, name, value)
    return _saved(site, before, by=by)


@needs(may_set_up_clinic)
@transaction.atomic
def add_rooms(site, *, by, names):
    """Add the rooms that the site does not have yet. Returns the new ones."""
    have = {name.casefold() for name in site.rooms.values_list("name", flat=True)}
    new = {name.casefold(): name for name in reversed(names) if name.casefold() not in have}
    return [_saved(Room(site=site, name=name), None, by=by) for name in reversed(new.values())]


@needs(may_set_up_clinic)
@transaction.atomic
def add_visit_kinds(kinds, *, by):
    """Add kinds of visits, each a dict of fields. A kind with a name that exists is left as it is."""
    have = {name.casefold() for name in AppointmentType.objects.values_list("name", flat=True)}
    added = []
    for fields in kinds:
        if fields["name"].casefold() not in have:
            have.add(fields["name"].casefold())
            added.append(_saved(AppointmentType(**fields), None, by=by))
    return added


@needs(may_set_up_clinic)
@transaction.atomic
def add_person(*, by, first_name, last_name, email="", roles, practitioner=None, site=None, proof=""):
    """Add a user without a password, with these roles, who works at `site`. Returns the user.

    `practitioner` has fields of one who treats patients, or None. The user name is made from the name. Roles and
    clinical rights are given in a new clinic only. In others a second admin has to accept them, which this asks for
    (ask_for_account_change). `proof` says how `by` proved who they are.
    """
    require_proof(proof)
    user = User(username=_free_username(first_name, last_name), first_name=first_name, last_name=last_name, email=email)
    user.set_unusable_password()
    _saved(user, None, by=by)
    if site:
        user.sites.add(site)
        add_audit_entry(Action.PERMISSION_CHANGE, by=by, record=user, changes={"sites": [[], [str(site)]]})
    rights = {"groups": sorted(roles)}
    new = None if practitioner is None else Practitioner(user=user, **practitioner)
    _give(user, rights, new, by=by, proof=proof)
    user.refresh_from_db()
    return user


@needs(may_set_up_clinic)
@transaction.atomic
def become_practitioner(*, by, proof="", **fields):
    """Make a superuser a practitioner, for an owner who treats patients. Other admins cannot do this for themselves.

    In a clinic that is not new, a second admin has to accept it (ask_for_account_change). Returns the Practitioner.
    `proof` says how `by` proved who they are.
    """
    if not by.is_superuser:
        raise ValidationError("Ask another admin to add you as a physiotherapist.")
    if Practitioner.objects.filter(user=by).exists():
        raise ValidationError("You are a practitioner already.")
    require_proof(proof)
    practitioner = Practitioner(user=by, **fields)
    _give(by, {}, practitioner, by=by, proof=proof)
    practitioner.refresh_from_db()
    return practitioner


@needs(may_set_up_clinic)
@transaction.atomic
def save_weekly_hours(practitioner, *, by, periods):
    """Replace the weekly hours that apply without a first or last day. Returns the practitioner.

    `periods` are (weekday, starts, ends, room or None). Hours that have a first or last day stay as they are.
    """
    practitioner = Practitioner.objects.select_for_update(of=("self",)).get(pk=practitioner.pk)
    rows = list(practitioner.working_hours.filter(valid_from=None, valid_until=None).order_by("weekday", "starts"))
    wanted = list(periods)
    for row in rows:
        period = (row.weekday, row.starts, row.ends, row.room)
        if period in wanted:
            wanted.remove(period)
        else:
            add_audit_entry(Action.DELETE, by=by, record=row, changes=changes_between(row, None))
            row.delete()
    for weekday, starts, ends, room in wanted:
        hours = {"weekday": weekday, "starts": starts, "ends": ends, "room": room}
        _saved(WorkingHours(practitioner=practitioner, **hours), None, by=by)
    return practitioner


@needs(may_set_up_clinic)
def send_test_email(*, by, address):
    """Send an e-mail to see whether the server's settings work. Raises ValidationError if it cannot be sent."""
    if not settings.EMAIL_URL:
        raise ValidationError("E-mail is off on this server. Set EMAIL_URL and DEFAULT_FROM_EMAIL, then restart it.")
    try:
        send_mail("Test from Filiform", "This e-mail shows that Filiform can send e-mails.", None, [address])
    except (OSError, ValueError) as refusal:  # smtplib's errors are OSErrors
        raise ValidationError(f"The e-mail could not be sent. {why_not_sent(refusal)}") from refusal
    add_audit_entry(Action.CHANGE, by=by, record=by, changes={"test_email": ["", "sent"]})


@needs(may_set_up_clinic)
@transaction.atomic
def confirm_email_works(*, by):
    """Record on the first site that a test e-mail arrived. Raises ValidationError if there is no site."""
    site = Site.objects.select_for_update(of=("self",)).first()
    if site is None:
        raise ValidationError("Enter the clinic's site first.")
    before = field_values(site)
    site.email_tested_at, site.email_tested_by = timezone.now(), by
    return _saved(site, before, by=by)


def _give(user, rights, practitioner, *, by, proof):
    """Save a new practitioner without clinical rights, and ask for these and for the rights of the user."""
    before, after = second_admin.rights_of_user(user), rights
    if practitioner is not None:
        before |= second_admin.rights_of_practitioner(None)
        after = rights | second_admin.rights_of_practitioner(practitioner)
    given = second_admin.rights_to_decide(before, after)
    if practitioner is not None:
        stored_now = {name: kept for name, (kept, _) in given.items()}
        second_admin.set_clinical_rights(practitioner, stored_now)
        _saved(practitioner, None, by=by)
    if given:
        ask_for_account_change(user, by=by, changes=given, proof=proof)


def _saved(row, before, *, by):
    row.full_clean()
    row.save()
    action = Action.CHANGE if before else Action.CREATE
    add_audit_entry(action, by=by, record=row, changes=changes_between(before, row))
    return row


def _free_username(first_name, last_name):
    wanted = ".".join(filter(None, (slugify(name) for name in (first_name, last_name)))) or "user"
    wanted = wanted[:140]
    alike = User.objects.filter(username__istartswith=wanted).values_list("username", flat=True)
    taken = {name.lower() for name in alike}
    numbered = (f"{wanted}{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (wanted, *numbered) if name not in taken)
