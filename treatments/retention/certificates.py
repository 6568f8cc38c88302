"""The certificate of a destruction: what it says, and whether it still says what was sealed."""

from patients.audit.chain import hash_of_entries
from patients.integrity.keys import is_known, keyed
from patients.integrity.seal import canonical, plain
from patients.models import Destruction, DestructionCertificate

# What the seal covers, of the certificate and of the request and the decision.
OF_CERTIFICATE = (
    "id number destroyed_at record_number rule last_entry_on kept_until trail_entries trail_hash key_id".split()
)
OF_DESTRUCTION = (
    "id patient_key record_number reason asked_at asked_by_id proved_by_means decided_at decided_by_id decision_note"
    " decision_proved_by_means"
).split()


def certificate_seal(certificate, destruction):
    """The keyed hash of everything that a certificate and its Destruction say."""
    content = [
        {name: plain(getattr(certificate, name)) for name in OF_CERTIFICATE},
        {name: plain(getattr(destruction, name)) for name in OF_DESTRUCTION},
        certificate.record_numbers,
        certificate.patient_keys,
        certificate.counts,
    ]
    return keyed(canonical(content), certificate.key_id)


def is_as_sealed(certificate):
    """Whether a certificate and its Destruction still say what was sealed. Without the key, nobody can know."""
    destruction = getattr(certificate, "destruction", None)
    known = destruction is not None and is_known(certificate.key_id)
    return known and certificate_seal(certificate, destruction) == certificate.seal


def tampered_certificates():
    """A sentence for each certificate that was changed, has no request, or has a number after a gap."""
    expected = 1
    for certificate in DestructionCertificate.objects.select_related("destruction").order_by("number"):
        if certificate.number != expected:
            yield f"The certificate of destruction before number {certificate.number} is missing."
        if not is_known(certificate.key_id):
            yield f"{certificate}: the settings lack its key {certificate.key_id}, so it cannot be checked."
        elif not is_as_sealed(certificate):
            yield f"{certificate} has changed, or was not made by Filiform."
        elif hash_of_entries(hashes := _hashes(certificate)) != certificate.trail_hash:
            yield f"{certificate}: the {len(hashes)} entries that lost their content are not those of that day."
        expected = certificate.number + 1
    for destruction in Destruction.objects.filter(certificate__isnull=False, certificate__number=None):
        yield f"{destruction} has no certificate, though it was carried out."


def _hashes(certificate):
    return list(certificate.trail.order_by().values_list("hash", flat=True))
