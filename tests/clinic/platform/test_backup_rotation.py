from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clinic.platform.backup.rotation import file_name, made_at, outdated

NOW = datetime(2026, 11, 29, 3, tzinfo=UTC)


@given(st.sets(st.integers(0, 900 * 24), max_size=60))
def test_rotation_keeps_the_newest_and_thins_out_the_rest(hours):
    names = [file_name(NOW - timedelta(hours=hour)) for hour in hours]
    deleted = set(outdated([*names, "notes.txt", "filiform-x.tar.gz.age"], now=NOW))
    kept = [made_at(name) for name in names if name not in deleted]
    assert deleted <= set(names)
    assert all(NOW - at <= timedelta(days=366) for at in kept)
    assert {file_name(NOW - timedelta(hours=hour)) for hour in hours if hour <= 7 * 24}.isdisjoint(deleted)
    older = [at for at in kept if NOW - at > timedelta(days=7)]
    assert len(older) <= 6 + 13
    # Deleting again deletes nothing more.
    assert outdated([file_name(at) for at in kept], now=NOW) == []
