"""What the sessions of destroyed records add to the monthly summaries, without the persons."""

from django.db import models


class DestroyedSum(models.Model):
    """The numbers that all destroyed records together add to one cell of a summary. A rebuild adds them.

    `cell` and `numbers` are {field: value}, the first as canonical JSON. No cell is finer than a month, and none says
    how much of it was whose.
    """

    summary = models.CharField(max_length=20, help_text="The name of the summary's model.")
    cell = models.CharField(max_length=300)
    numbers = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["summary", "cell"], name="one_destroyed_sum_a_cell")]

    def __str__(self):
        return f"{self.summary} {self.cell}"
