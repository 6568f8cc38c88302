"""Summaries of how the signed needling sessions are spread over patients, from which intervals are computed.

They are no part of the record, as the other summaries: see treatments.models.summary.
"""

from django.db import models

from .summary import Axis


class SpreadRow(models.Model):
    """How the signed needling sessions of one key on one axis are spread over patients, in one scope.

    The scope is "" for all sessions, or one practitioner, site or month: see treatments.outcomes.spread. The numbers
    of a cell are the sums over its slots. On PostgreSQL, several people who sign at the same time then write to
    different rows, and do not wait for each other.
    """

    SLOTS = 16

    slot = models.PositiveSmallIntegerField(default=0, db_default=0)
    axis = models.CharField(max_length=9, choices=Axis)
    scope = models.CharField(max_length=12, blank=True)
    key = models.CharField(max_length=30, blank=True)

    CELL = ["slot", "axis", "scope", "key"]
    UNIQUE = ["axis", "scope", "key", "slot"]

    class Meta:
        abstract = True


class SpreadSummary(SpreadRow):
    """Numbers of patients and courses, and sums of products of the sums of each patient: see Spread.

    Of each patient: n sessions, e of them with an adverse event; r with both scores and d the sum of their changes; t
    and u the same of sessions with a twitch, o and v of those with a twitch sought and none seen.
    """

    courses = models.IntegerField(default=0)
    patients = models.IntegerField(default=0)
    n_n = models.BigIntegerField(default=0)
    n_e = models.BigIntegerField(default=0)
    e_e = models.BigIntegerField(default=0)
    rated = models.IntegerField(default=0, help_text="Patients with any r; the next numbers are those with t and o.")
    r_r = models.BigIntegerField(default=0)
    r_d = models.BigIntegerField(default=0)
    d_d = models.BigIntegerField(default=0)
    twitched = models.IntegerField(default=0)
    t_t = models.BigIntegerField(default=0)
    t_u = models.BigIntegerField(default=0)
    u_u = models.BigIntegerField(default=0)
    untwitched = models.IntegerField(default=0)
    o_o = models.BigIntegerField(default=0)
    o_v = models.BigIntegerField(default=0)
    v_v = models.BigIntegerField(default=0)
    sought = models.IntegerField(default=0, help_text="Patients with any t or o.")
    t_o = models.BigIntegerField(default=0)
    t_v = models.BigIntegerField(default=0)
    u_o = models.BigIntegerField(default=0)
    u_v = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=SpreadRow.UNIQUE, name="one_spread_summary_a_slot")]

    def __str__(self):
        return f"{self.axis} {self.key}, {self.scope}"


class EventSpread(SpreadRow):
    """The patients with any adverse event of one type or current grade, and sums of products.

    Of each patient: n sessions, h of them with any such event.
    """

    what = models.CharField(max_length=20, help_text="A type or a grade of AdverseEvent.")
    patients = models.IntegerField(default=0)
    n_h = models.BigIntegerField(default=0)
    h_h = models.BigIntegerField(default=0)

    CELL = [*SpreadRow.CELL, "what"]

    class Meta:
        constraints = [models.UniqueConstraint(fields=[*SpreadRow.UNIQUE, "what"], name="one_event_spread_a_slot")]

    def __str__(self):
        return f"{self.axis} {self.key}, {self.scope}, {self.what}"
