import pytest

from patients.models import ScreeningQuestion
from tests.reference_data import have_questions


@pytest.fixture
def questions(db):
    have_questions()
    return ScreeningQuestion.objects.asked()
