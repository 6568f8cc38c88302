"""All attachments of one patient as files, with a list of them."""

import io

from patients.integrity.encryption import Unreadable
from patients.web.spreadsheet import BYTE_ORDER_MARK, cell, csv_writer
from treatments.record.attached import content_of

COLUMNS = ["file", "kind", "title", "date", "episode", "added at", "added by", "SHA-256"]


def files_of(attachments, folder=""):
    """Yield (name, [content]) of each of these attachments, and then of a list of them as CSV.

    An attachment that cannot be read is in the list with the reason, and the others are there. One attachment at a time
    is in memory. `folder` is put before each name, such as "attachments/".
    """
    rows = [COLUMNS]
    for number, attachment in enumerate(attachments, start=1):
        name = f"{number:03} {attachment.file_name}"
        try:
            yield folder + name, [content_of(attachment)]
        except Unreadable as why:
            name = f"not included: {why}"
        rows.append(_row(attachment, name))
    yield f"{folder}list.csv", [csv_of(rows)]


def csv_of(rows):
    """The bytes of a CSV file with these rows, which a spreadsheet opens without running any of its cells."""
    written = io.StringIO()
    writer = csv_writer(written)
    for row in rows:
        writer.writerow([cell(value) for value in row])
    return (BYTE_ORDER_MARK + written.getvalue()).encode()


def _row(attachment, name):
    return [
        name,
        attachment.get_kind_display(),
        attachment.title,
        attachment.dated_on.isoformat(),
        attachment.episode.complaint if attachment.episode else "",
        attachment.added_at.isoformat(timespec="seconds"),
        attachment.added_by.get_full_name() or attachment.added_by.get_username(),
        attachment.content_hash,
    ]
