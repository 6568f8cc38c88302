"""The exception for a message that was not sent."""


class NotSent(Exception):
    """The message was certainly not sent. The text of the exception contains no address and no name."""
