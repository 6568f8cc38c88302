"""Print text messages instead of sending them, for development."""

import sys


class ConsoleSms:
    """Write to standard output. Do not use it in production: phone numbers would appear in the logs."""

    def send(self, *, to, subject, text, reference):
        sys.stdout.write(f"SMS to {to} ({reference}): {text}\n")
