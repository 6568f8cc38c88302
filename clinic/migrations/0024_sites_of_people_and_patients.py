"""Everybody belongs to every site where they have worked or been. Of whom none is known, belongs to all sites."""

from django.db import migrations

SITES_OF_PATIENTS = """
INSERT INTO clinic_patientsite (patient_id, site_id)
SELECT DISTINCT visit.patient_id, COALESCE(visit.site_id, practitioner.site_id)
FROM clinic_appointment visit
JOIN clinic_practitioner practitioner ON practitioner.id = visit.practitioner_id
WHERE NOT visit.is_booking_undone
"""
SITES_OF_PEOPLE = """
INSERT INTO clinic_site_people (user_id, site_id)
SELECT practitioner.user_id, practitioner.site_id
FROM clinic_practitioner practitioner
UNION
SELECT practitioner.user_id, visit.site_id
FROM clinic_appointment visit
JOIN clinic_practitioner practitioner ON practitioner.id = visit.practitioner_id
WHERE visit.site_id IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("clinic", "0023_access_by_site")]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (SITES_OF_PATIENTS, SITES_OF_PEOPLE)]
