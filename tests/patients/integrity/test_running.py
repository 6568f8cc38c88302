"""Other processes see how far long work is, and that it was interrupted when its process died."""

import tempfile

import pytest

from patients.integrity.progress import counted
from patients.integrity.running import AlreadyRunning, Work, forget_interrupted, running, state_of
from tests.killed import killed_in


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_work_says_how_far_it_is_and_ends():
    assert state_of("import-1") is None
    with running("import-1"):
        assert state_of("import-1") == Work(is_running=True)
        rows = counted("abc", "rows", lambda: 3)
        next(rows)
        assert state_of("import-1") == Work(is_running=True, what="rows", done=0, total=3)
        assert state_of("import-2") is None

    assert state_of("import-1") is None


def test_the_same_work_does_not_run_twice():
    with running("import-1"), pytest.raises(AlreadyRunning), running("import-1"):
        pass


def test_work_that_is_refused_was_not_interrupted():
    with pytest.raises(ValueError), running("import-1"):
        raise ValueError

    assert state_of("import-1") is None


def test_work_of_a_process_that_died_was_interrupted_and_can_be_repeated():
    killed_in(running("import-1"))

    assert state_of("import-1") == Work(is_running=False)
    with running("import-1"):
        assert state_of("import-1").is_running
    assert state_of("import-1") is None


def test_interrupted_work_is_forgotten_after_somebody_was_told():
    killed_in(running("import-1"))

    forget_interrupted("import-1")

    assert state_of("import-1") is None
