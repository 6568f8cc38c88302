"""The uploaded file of an import: its encrypted content, and the plan that follows from it and from the choices."""

from dataclasses import fields

from django.core.exceptions import ValidationError

from patients.integrity.encryption import Unreadable, decrypt
from patients.models import FileImport
from patients.registry import registry

from .files import read_file
from .plan import Choices, Plan


def kind_of(file_import):
    """The Kind of an import."""
    return registry.import_kinds[file_import.kind]


def choices_of(file_import):
    """The Choices that people made for an import. Choices of later versions of Filiform are left out."""
    known = {each.name for each in fields(Choices)}
    return Choices(**{name: value for name, value in file_import.choices.items() if name in known})


def plan_of(file_import):
    """The Plan of an import that waits. Raises ValidationError if its file cannot be read."""
    try:
        raw = decrypt(file_import.encrypted, key_id=file_import.key_id, bound_to=str(file_import.pk))
    except Unreadable as why:
        raise ValidationError(f"The file cannot be decrypted: {why}. Discard it, and upload it again.") from why
    choices = choices_of(file_import)
    kind = kind_of(file_import)
    table = read_file(raw, kind, encoding=choices.encoding, separator=choices.separator)
    return Plan(kind, table, choices)


def like_before(kind, header):
    """The last import of this kind with the same columns that was stored and not undone, or None."""
    return FileImport.objects.stored().filter(kind=kind, header=header).order_by("-stored_at").first()
