"""Invented patients with names from five countries, who all live near the clinic."""

from datetime import timedelta

from django.utils import timezone
from django.utils.text import slugify
from faker import Faker

from patients.consents import needs_guardian
from patients.services import record_contact, register_patients

# Language of the name, and how many of a hundred people carry such names.
LOCALES = {"en_GB": 72, "pl_PL": 9, "en_IN": 9, "es_ES": 5, "de_DE": 5}
LANGUAGES = {"pl_PL": "Polish", "es_ES": "Spanish"}
OCCUPATIONS = (
    "Teacher", "Nurse", "Electrician", "Software developer", "Bus driver", "Chef", "Student",
    "Office manager", "Carpenter", "Dental hygienist", "Shop assistant", "Violinist", "Postal worker", "Accountant",
    "Care assistant", "Gardener", "Police officer", "Warehouse worker", "Architect", "Hairdresser", "Fisherman",
)  # fmt: skip
DOCTORS = ("Dr Imogen Hale", "Dr Sam Fairley", "Dr Anil Rao", "Dr Beth Corrigan")
STREETS = ("Quay Street", "Church Road", "Mill Lane", "Victoria Terrace", "Chapel Hill", "Station Road", "The Strand")
TOWNS = (("Penmouth", "PM1"), ("Penmouth", "PM2"), ("Saltash Green", "PM5"), ("Lower Trewin", "PM7"))


def register_people(count, *, by, today, rng):
    """Register so many people, children and the very old among them. Returns the patients."""
    fakers = {}
    for locale in LOCALES:
        fakers[locale] = Faker(locale)
        fakers[locale].seed_instance(rng.random())
    locales = rng.choices(list(LOCALES), LOCALES.values(), k=count)
    return register_patients([_person(locale, fakers[locale], today, rng) for locale in locales], by=by)


def record_parents(people, *, by):
    """Record a parent, who may consent, of each child among these patients."""
    for child in people:
        if needs_guardian(child, on=timezone.localdate()):
            record_contact(
                child,
                by=by,
                name=child.emergency_contact_name or f"Alex {child.family_name}",
                relationship="parent",
                phone=child.emergency_contact_phone or child.phone,
                can_consent=True,
                told_about="health",
            )


def _person(locale, faker, today, rng):
    sex = rng.choices(["female", "male", "other"], [56, 43, 1])[0]
    given = faker.first_name_male() if sex == "male" else faker.first_name_female()
    family = faker.last_name_male() if sex == "male" else faker.last_name_female()
    town, area = rng.choice(TOWNS)
    born_on = _birthday(today, rng)
    age = (today - born_on).days // 365
    has_email = rng.random() < 0.8
    has_contact = rng.random() < 0.7
    return {
        "given_name": given,
        "family_name": family,
        "born_on": born_on,
        "sex": sex,
        "phone": f"07700 900{rng.randrange(1000):03d}",
        "email": f"{slugify(given)}.{slugify(family)}@example.org" if has_email else "",
        "street": f"{rng.randrange(1, 120)} {rng.choice(STREETS)}",
        "city": town,
        "postcode": f"{area} {rng.randrange(1, 9)}{rng.choice('ABDEFGH')}{rng.choice('JLNPQR')}",
        "country": "United Kingdom",
        "emergency_contact_name": f"{faker.first_name()} {family}" if has_contact else "",
        "emergency_contact_phone": f"07700 900{rng.randrange(1000):03d}" if has_contact else "",
        "general_practitioner": rng.choice(DOCTORS),
        "occupation": "School" if age < 18 else "Retired" if age > 66 else rng.choice(OCCUPATIONS),
        "interpreter_language": LANGUAGES.get(locale, "") if rng.random() < 0.15 else "",
        "reminder_channel": rng.choice(["email", "sms"]) if has_email else "sms",
    }


def _birthday(today, rng):
    """Mostly between 25 and 75, a few of 14 and of 90."""
    years = min(max(rng.gauss(47, 16), 14), 92)
    return today - timedelta(days=int(years * 365.25) + rng.randrange(300))
