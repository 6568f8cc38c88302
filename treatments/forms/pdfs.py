"""Check uploaded PDFs: refuse those with active content, and rewrite the others without metadata."""

from io import BytesIO

from django.core.exceptions import ValidationError
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, StreamObject

from .jpeg_segments import without_metadata

HEADER = b"%PDF-"
MOST_PAGES = 300
MOST_OBJECTS = 200_000
MOST_UNPACKED_BYTES = 100_000_000
AGAIN = "Open it in a PDF reader, print it to a new PDF, and choose that file."

# What a PDF for reading needs of its catalogue. Everything else, such as actions on opening, is left out.
OF_CATALOGUE = frozenset(
    "/Type /Pages /Version /Lang /MarkInfo /StructTreeRoot /PageLabels /OCProperties /Outlines /Dests /AcroForm".split()
)
METADATA = ("/Metadata", "/PieceInfo", "/LastModified", "/AA")
SCRIPTS = frozenset(["/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/Rendition", "/RichMediaExecute"])
OTHER_FILES = frozenset(["/GoToR", "/GoToE", "/Sound", "/Movie"])
FILES_INSIDE = frozenset(["/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"])


def clean_pdf(content):
    """The pages of a PDF as bytes of a new PDF, without metadata, also without that of the photos on its pages.

    Raises ValidationError if it is broken, encrypted or very large, or has scripts, actions or other files inside.
    """
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise ValidationError(f"This PDF is protected with a password. {AGAIN}")
        if not 0 < len(reader.pages) <= MOST_PAGES:
            raise ValidationError(f"A PDF must have between 1 and {MOST_PAGES} pages. Choose another file.")
        _clean(reader.root_object)
        _unpack(reader.pages)
        return _written(reader)
    except ValidationError:
        raise
    except Exception as error:  # a broken file can make the parser fail in any way
        raise ValidationError(f"This PDF is damaged and cannot be read. {AGAIN}") from error


def _clean(catalogue):
    """Take metadata out of everything that the catalogue leads to, and refuse what is more than a document to read."""
    seen, waiting = set(), [catalogue]
    while waiting:
        found = waiting.pop()
        if isinstance(found, IndirectObject):
            reference = found.idnum, found.generation
            if reference in seen:
                continue
            seen.add(reference)
            found = found.get_object()
        if len(seen) > MOST_OBJECTS:
            raise ValidationError(f"This PDF is too complex to be checked. {AGAIN}")
        if isinstance(found, DictionaryObject):
            _refuse(found)
            for name in METADATA:
                found.pop(NameObject(name), None)
            _clean_photo(found)
            waiting.extend(found.values())
        elif isinstance(found, ArrayObject):
            waiting.extend(found)
    for name in set(catalogue) - OF_CATALOGUE:
        catalogue.pop(name)


def _value(found, name):
    """The value of an entry, also when it is an object of its own; None without the entry."""
    return found[name] if name in found else None  # noqa: SIM401 - `get` returns a reference as it is


def _refuse(found):
    action, subtype = _value(found, "/S"), _value(found, "/Subtype")
    if action in SCRIPTS or "/JS" in found or "/XFA" in found:
        raise ValidationError(f"This PDF contains a script or an action, so it is not accepted. {AGAIN}")
    is_elsewhere = isinstance(found, StreamObject) and "/F" in found
    if is_elsewhere or action in OTHER_FILES or subtype in FILES_INSIDE or {"/EF", "/EmbeddedFiles"} & set(found):
        raise ValidationError(f"This PDF contains or opens other files, so it is not accepted. {AGAIN}")


def _clean_photo(found):
    if isinstance(found, StreamObject) and _value(found, "/Filter") in ("/DCTDecode", ["/DCTDecode"]):
        found._data = without_metadata(found._data)


def _unpack(pages):
    """Decode what is drawn on each page, so that a file that was cut off is found now."""
    unpacked = 0
    for page in pages:
        contents = page.get_contents()
        unpacked += len(contents.get_data()) if contents else 0
        if unpacked > MOST_UNPACKED_BYTES:
            raise ValidationError(f"This PDF is too large when unpacked. {AGAIN}")


def _written(reader):
    writer = PdfWriter(clone_from=reader)
    writer.metadata = None
    written = BytesIO()
    writer.write(written)
    return written.getvalue()
