"""Counts and sums of sessions that can be added up, whether they come from summaries or from rows."""

from collections import defaultdict
from typing import NamedTuple

from treatments.estimates import mean_of, share_of

# The sums that a breakdown has for each key. They are those in the index of SessionSummary.
SHOWN = ["sessions", "change", "change_squared", "twitch", "sessions_with_event", "unrated"]
UNRATED = ["unrated", "twitch_unrated", "no_twitch_unrated"]


class SessionSums(NamedTuple):
    """The number of signed needling sessions, with the sum and sum of squares of their change of pain (points).

    The fields are those of SessionSummary without its cell, in the same order.
    """

    sessions: int = 0
    change: int = 0
    change_squared: int = 0
    twitch: int = 0
    twitch_change: int = 0
    twitch_change_squared: int = 0
    no_twitch: int = 0
    no_twitch_change: int = 0
    no_twitch_change_squared: int = 0
    events: int = 0
    sessions_with_event: int = 0
    unrated: int = 0
    twitch_unrated: int = 0
    no_twitch_unrated: int = 0

    @classmethod
    def of(cls, change, *, sessions, twitch, sought):
        """Sums of sessions with the same change (or None): their number, how many had a twitch, and had one sought."""
        counts = (sessions, twitch, sought - twitch)
        factors = (1, 0, 0) if change is None else (1, change, change**2)
        sums = cls(*[n * factor for n in counts for factor in factors])
        return sums._replace(**dict(zip(UNRATED, counts, strict=True))) if change is None else sums

    @property
    def rated(self):
        """The number of sessions with both scores."""
        return self.sessions - self.unrated

    @property
    def mean(self):
        return mean_of(self.rated, self.change, self.change_squared)

    @property
    def twitch_mean(self):
        return mean_of(self.twitch - self.twitch_unrated, self.twitch_change, self.twitch_change_squared)

    @property
    def no_twitch_mean(self):
        return mean_of(self.no_twitch - self.no_twitch_unrated, self.no_twitch_change, self.no_twitch_change_squared)

    @property
    def not_sought(self):
        return self.sessions - self.twitch - self.no_twitch

    @property
    def event_share(self):
        """The interval of the share of sessions with any event, 0 to 1; None without sessions."""
        return share_of(self.sessions_with_event, self.sessions)


def add_up(pairs):
    """{key: total} of (key, SessionSums) pairs, several of which may have the same key."""
    groups = defaultdict(list)
    for key, sums in pairs:
        groups[key].append(sums)
    return {key: SessionSums(*map(sum, zip(*of_key, strict=True))) for key, of_key in groups.items()}
