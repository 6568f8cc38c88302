"""Long commands show in a terminal how far they are, and nothing elsewhere."""

import io
import sys

import pytest
from django.core.management import call_command

from patients.integrity.progress import counted, shown_in_terminal, steps
from tests.terminal import Terminal

ONE_PATIENT = b"Surname,First name,Date of birth\nImported,Ida,1980-05-17\n"


@pytest.mark.parametrize("errors", [Terminal(), io.StringIO()], ids=["terminal", "log file"])
@pytest.mark.parametrize(
    ("command", "counts"),
    [
        ("verify_records", "entries of the audit trail"),
        ("rebuild_summaries", "patients"),
        ("import_patients", "rows read"),
    ],
)
def test_a_long_command_says_how_far_it_is_in_a_terminal_only(db, tmp_path, monkeypatch, errors, command, counts):
    monkeypatch.setattr(sys, "stderr", errors)
    file = tmp_path / "patients.csv"
    file.write_bytes(ONE_PATIENT)
    out = io.StringIO()

    call_command(command, *([str(file)] if command == "import_patients" else []), stdout=out)

    assert (f"{counts}: " in errors.getvalue()) is errors.isatty()
    assert counts + ":" not in out.getvalue()


def test_where_nobody_watches_nothing_is_counted():
    def total():
        raise AssertionError("counted although nobody watches")

    assert list(counted("abc", "letters", total)) == ["a", "b", "c"]
    with steps("letters", total) as done:
        done(3)


def test_the_bar_is_taken_away_when_the_work_is_interrupted(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())

    with pytest.raises(KeyboardInterrupt), shown_in_terminal():
        for letter in counted("abc", "letters", lambda: 3):
            if letter == "b":
                raise KeyboardInterrupt

    with steps("letters", lambda: 1 / 0) as done:  # nobody watches any more
        done()
