import pytest
from django.core.management import call_command

from patients.models import ScreeningQuestion


@pytest.fixture
def questions(db):
    call_command("load_screening_questions", verbosity=0)
    return ScreeningQuestion.objects.asked()
