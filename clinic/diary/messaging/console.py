"""Text messages for development: printed, not sent."""

import sys


class ConsoleSms:
    """Writes to standard output. Not for a clinic: numbers would end in its logs."""

    def send(self, *, to, subject, text, reference):
        sys.stdout.write(f"SMS to {to} ({reference}): {text}\n")
