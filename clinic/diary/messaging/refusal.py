"""The one error that a messenger promises."""


class NotSent(Exception):
    """The message surely did not leave; its text holds no address and no name."""
