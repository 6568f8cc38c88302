"""Changes of consent and screening during a visit, or after it and before the signature, as the record keeps them."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import ngettext

from patients.consents import last_consent
from patients.integrity.seal import canonical, plain, sha256_of
from patients.moments import minute_of
from patients.staff import printed_name
from treatments.record.needling_times import has_result
from treatments.record.sealing import screening_content

WORDS = {
    "withdrawal": "Consent withdrawn {}",
    "refusal": "The patient declined {}",
    "consent": "Consent given {}",
    "screening": "Screened {}",
}


@dataclass(frozen=True)
class BasisChange:
    kind: str  # a key of WORDS
    at: datetime
    by: str  # the printed name of the person who recorded it
    record: str  # the id of the consent or screening
    seal: str  # the hash of its content

    def as_dict(self):
        """As TreatmentSession.basis_changes stores it."""
        return {"kind": self.kind, "at": plain(self.at), "by": self.by, "record": self.record, "seal": self.seal}

    def sentence(self, session, rows):
        """For people: what changed, when and by whom, and how many of the rows were needled before and after.

        When a row was needled is not known if it had a result before times were stored.
        """
        local = timezone.localtime(self.at)
        is_same_day = local.date() == timezone.localdate(session.started_at)
        when = date_format(local, "\\a\\t H:i" if is_same_day else "\\o\\n j M Y, H:i")
        return f"{WORDS[self.kind].format(when)}, recorded by {self.by}. {self._counts(rows)}."

    def _counts(self, rows):
        needled = [row.needled_at for row in rows if row.needled_at]
        before = sum(moment < minute_of(self.at) for moment in needled)
        unknown = sum(row.needled_at is None and has_result(row) for row in rows)
        counts = []
        if before:
            counts.append(ngettext("%d row was needled before", "%d rows were needled before", before) % before)
        elif not unknown:
            counts.append("No row was needled before")
        if after := len(needled) - before:
            counts.append(f"{after} after")
        if unknown:
            counts.append(ngettext("%d row at an unknown time", "%d rows at unknown times", unknown) % unknown)
        return ", ".join(counts)


def changes_during(basis, *, with_seals=False):
    """The BasisChanges of a Basis, in order of time.

    They are withdrawals and refusals since the start of the visit, and what else came after the first needle: consents
    and screenings. A consent or screening from before is among them if only some of the rows rest on it. Withdrawals
    count until now, all others until the end of the visit. `with_seals` are for the signature; they need one query for
    each screening.
    """
    rested_on = {each.consent.consent for each in basis.rows} - {None}
    screened = {each.screening.screening for each in basis.rows} - {None}
    at_start = {last_consent(basis.consents, at=basis.began)} - {None}
    given = {consent for consent in basis.consents if basis.began < consent.given_at <= basis.until}
    withdrawn = {consent for consent in given | rested_on | at_start if _is_withdrawn_since(consent, basis.began)}
    given = {consent for consent in given if consent.is_declined or basis.is_after_a_needle(consent.given_at)}
    taken = {each.screening for each in basis.screenings if basis.is_after_a_needle(each.screening.taken_at)}
    given |= rested_on if len(rested_on) > 1 else set()
    taken |= screened if len(screened) > 1 else set()
    found = [*map(_given, given), *map(_withdrawn, withdrawn), *(_taken(each, with_seals) for each in taken)]
    return sorted(found, key=lambda change: (change.at, change.kind))


def sealed_changes(session):
    """The BasisChanges that were stored with the signature."""
    return [BasisChange(**each | {"at": parse_datetime(each["at"])}) for each in session.basis_changes]


def change_sentences(session, changes, rows):
    """The sentence of each BasisChange, for pages and prints."""
    return [change.sentence(session, rows) for change in changes]


def _is_withdrawn_since(consent, since):
    return consent.withdrawn_at is not None and consent.withdrawn_at >= since


def _given(consent):
    kind = "refusal" if consent.is_declined else "consent"
    by = printed_name(consent.explained_by)
    return BasisChange(kind, consent.given_at, by, str(consent.pk), consent.content_hash)


def _withdrawn(consent):
    by = printed_name(consent.withdrawn_by)
    return BasisChange("withdrawal", consent.withdrawn_at, by, str(consent.pk), consent.content_hash)


def _taken(screening, with_seal):
    seal = sha256_of(canonical(screening_content(screening))) if with_seal else ""
    return BasisChange("screening", screening.taken_at, printed_name(screening.taken_by), str(screening.pk), seal)
