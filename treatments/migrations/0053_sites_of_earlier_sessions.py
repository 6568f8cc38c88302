"""The sites of earlier sessions become sites of their patients and practitioners, also of sessions without a visit."""

from django.db import migrations

SITE = "COALESCE(context.site_id, practitioner.site_id)"
SESSIONS = """
FROM treatments_treatmentsession session
JOIN clinic_practitioner practitioner ON practitioner.id = session.practitioner_id
LEFT JOIN treatments_sessioncontext context ON context.session_id = session.id
"""
SITES_OF_PATIENTS = f"""
INSERT INTO clinic_patientsite (patient_id, site_id)
SELECT DISTINCT session.patient_id, {SITE} {SESSIONS}
WHERE NOT EXISTS (
    SELECT 1 FROM clinic_patientsite known WHERE known.patient_id = session.patient_id AND known.site_id = {SITE}
)
"""
SITES_OF_PEOPLE = f"""
INSERT INTO clinic_site_people (user_id, site_id)
SELECT DISTINCT practitioner.user_id, {SITE} {SESSIONS}
WHERE NOT EXISTS (
    SELECT 1 FROM clinic_site_people known WHERE known.user_id = practitioner.user_id AND known.site_id = {SITE}
)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0024_sites_of_people_and_patients"),
        ("treatments", "0052_how_courses_began"),
    ]

    operations = [migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in (SITES_OF_PATIENTS, SITES_OF_PEOPLE)]
