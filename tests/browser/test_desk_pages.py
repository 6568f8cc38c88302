"""Every page of the front desk at three sizes: no accessibility rule is broken, and nothing scrolls sideways."""

import pytest
from django.urls import reverse

from clinic.services import add_to_waiting_list, cancel_appointment, record_time_off
from tests.clinic.builders import at, book, make_type, monday

from .test_diary import day, slot, violations

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = [(1440, 900, "light"), (1440, 900, "dark"), (1024, 768, "light"), (390, 844, "light")]


@pytest.fixture
def busy_desk(desk, visit, patient, other_patient, physiotherapist, other_physiotherapist):
    """A desk with a cancelled visit, one that cannot take place, one that can, and a waiting list."""
    cancel_appointment(visit, by=desk, reason="ill")
    book(other_patient, physiotherapist, "15:00", by=desk, note="Brings the letter")
    book(patient, other_physiotherapist, "12:00", by=desk)
    away = {"starts_at": at("14:00"), "ends_at": at("18:00"), "practitioner": physiotherapist.practitioner}
    record_time_off(by=desk, reason="Sick", **away)
    add_to_waiting_list(other_patient, by=desk, type=make_type(), priority=2, weekdays=[0])
    return desk


@pytest.mark.parametrize(("width", "height", "scheme"), SIZES)
def test_no_page_of_the_desk_breaks_a_rule_or_scrolls_sideways(
    page, complaints, busy_desk, visit, patient, other_patient, physiotherapist, width, height, scheme
):
    booked = patient.appointments.get(status="booked")
    entry = other_patient.waiting_list_entries.get()
    print_day = f"{reverse('day_print')}?day={monday()}"
    addresses = [
        day(),
        day(-1),
        f"{day()}&by=room",
        f"{day()}&month=2027-03",
        f"{reverse('week', args=[physiotherapist.practitioner.pk])}?day={monday()}",
        print_day,
        f"{print_day}&by=room",
        f"/diary/{visit.pk}/",
        f"/diary/{booked.pk}/",
        f"/diary/{booked.pk}/move/",
        f"/diary/{booked.pk}/edit/",
        f"/diary/{booked.pk}/cancel/",
        "/diary/book/?q=adey",
        f"/diary/book/?patient={other_patient.pk}&weekdays=3&after=16:00",
        f"/diary/time-off/?day={monday()}",
        "/diary/to-move/",
        "/diary/requests/",
        "/diary/waiting/",
        f"/diary/waiting/{entry.pk}/edit/",
        f"/diary/waiting/add/?patient={patient.pk}",
        f"/patients/{patient.pk}/visits/",
        f"/patients/{patient.pk}/visits/print/",
        "/patients/?q=adey",
    ]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    broken, wide = {}, []

    for address in addresses:
        page.goto(address)
        broken |= violations(page, complaints, address)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(address)
    page.goto(day())
    slot(page, booked).click()
    page.wait_for_selector("#panel [data-drawer-title]")
    broken |= violations(page, complaints, "side panel")

    assert (broken, wide) == ({}, [])
