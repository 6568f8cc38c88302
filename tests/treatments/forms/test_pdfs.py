"""PDFs: what is refused, and that nothing but the pages is kept."""

import zlib
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from pypdf import PdfReader
from pypdf.generic import ArrayObject, NameObject, StreamObject

from tests.treatments.forms.files import SECRET, dictionary, pdf, photo
from treatments.forms.jpeg_segments import without_metadata
from treatments.forms.pdfs import clean_pdf


def on_opening(**action):
    def change(writer):
        writer.root_object[NameObject("/OpenAction")] = dictionary(**action)

    return change


def on_page(**annotation):
    def change(writer):
        writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(dictionary(**annotation))])

    return change


def in_form(writer):
    writer.root_object[NameObject("/AcroForm")] = dictionary(XFA="<script/>")


def bomb(writer):
    content = StreamObject()
    content._data = zlib.compress(b" " * 200_000_000)
    content[NameObject("/Filter")] = NameObject("/FlateDecode")
    writer.pages[0][NameObject("/Contents")] = writer._add_object(content)


def behind_a_reference(name, value, **others):
    """An action of which this value is an object of its own."""

    def change(writer):
        action = dictionary(**others)
        action[NameObject(name)] = writer._add_object(NameObject(value))
        on_page(Subtype="/Link", A=action)(writer)

    return change


HARMFUL = {
    "script": on_opening(S="/JavaScript", JS="app.alert(1)"),
    "script of the document": on_opening(S="/GoTo", Next=dictionary(S="/JavaScript", JS="app.alert(1)")),
    "launch": on_opening(S="/Launch", F="cmd.exe"),
    "form to send": on_page(Subtype="/Link", A=dictionary(S="/SubmitForm", F="https://example.org")),
    "remote file": on_page(Subtype="/Link", A=dictionary(S="/GoToR", F="other.pdf")),
    "file on a page": on_page(Subtype="/FileAttachment"),
    "film": on_page(Subtype="/RichMedia"),
    "launch behind a reference": behind_a_reference("/S", "/Launch", F="cmd.exe"),
    "file behind a reference": behind_a_reference("/Subtype", "/FileAttachment"),
    "script of a form": in_form,
    "file inside": lambda writer: writer.add_attachment("run.exe", b"MZ"),
    "password": lambda writer: writer.encrypt("password"),
    "no password needed, but encrypted": lambda writer: writer.encrypt("", "owner"),
    "bomb": bomb,
}


@pytest.mark.parametrize("name", HARMFUL)
def test_a_pdf_that_is_more_than_a_document_to_read_is_refused(name):
    with pytest.raises(ValidationError) as refusal:
        clean_pdf(pdf(HARMFUL[name]))

    assert "damaged" not in refusal.value.messages[0] or name == "bomb"


LINK = b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A %s>>"
OPENS, LAUNCHES = b"<</S/URI/URI(https://example.org)>>", b"<</S/Launch/F(cmd.exe)>>"


def written_by_hand(annotations, objects):
    """A PDF of these objects, {(number, generation): content}, which no writer of PDFs would make."""
    objects = {
        (1, 0): b"<</Type/Catalog/Pages 2 0 R>>",
        (2, 0): b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        (3, 0): b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Annots[" + annotations + b"]>>",
    } | objects
    content, table = b"%PDF-1.4\n", b"xref\n0 1\n0000000000 65535 f \n"
    for (number, generation), body in objects.items():
        table += b"%d 1\n%010d %05d n \n" % (number, len(content), generation)
        content += b"%d %d obj\n%b\nendobj\n" % (number, generation, body)
    return content + table + b"trailer\n<</Size 9/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(content)


def test_every_generation_of_an_object_is_checked():
    """Two objects can have one number. References say which of them is meant."""
    clean_pdf(written_by_hand(LINK % b"5 0 R", {(5, 0): OPENS}))

    with pytest.raises(ValidationError):
        clean_pdf(written_by_hand(LINK % b"5 1 R" + LINK % b"5 0 R", {(5, 0): OPENS, (5, 1): LAUNCHES}))


def test_a_pdf_keeps_its_pages_and_photos_but_no_metadata():
    uploaded = pdf(pages=3)

    cleaned = clean_pdf(uploaded)

    reader = PdfReader(BytesIO(cleaned))
    assert SECRET in uploaded
    assert SECRET not in cleaned
    assert reader.metadata is None
    assert len(reader.pages) == 3
    assert reader.pages[0].images[0].image.size == (60, 40)


def test_what_lies_behind_the_end_of_a_pdf_is_not_kept():
    cleaned = clean_pdf(pdf() + b"<script>Secret</script>")

    assert SECRET not in cleaned


def test_the_same_pdf_gives_the_same_content():
    uploaded = pdf()

    assert clean_pdf(uploaded) == clean_pdf(uploaded)


def test_an_action_that_only_turns_to_a_page_is_left_out():
    cleaned = clean_pdf(pdf(on_opening(S="/GoTo", D="first")))

    assert "/OpenAction" not in PdfReader(BytesIO(cleaned)).root_object


def test_a_pdf_that_was_cut_off_is_refused():
    whole = pdf()

    for length in (6, len(whole) // 2, len(whole) - 30):
        with pytest.raises(ValidationError):
            clean_pdf(whole[:length])


def test_a_pdf_with_too_many_pages_is_refused(monkeypatch):
    monkeypatch.setattr("treatments.forms.pdfs.MOST_PAGES", 2)

    with pytest.raises(ValidationError):
        clean_pdf(pdf(pages=3))


@pytest.mark.parametrize("cut", [0, 1, 3, 30, 200])
def test_a_broken_jpeg_loses_its_metadata_or_stays_as_it_is(cut):
    whole = photo()

    assert len(without_metadata(whole[:cut])) <= cut
    assert SECRET not in without_metadata(whole)
