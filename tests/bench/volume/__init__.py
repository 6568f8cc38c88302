"""A large invented clinic for measuring: years of signed sessions, written past the services in a minute or two."""

from .filling import fill, summarise
from .invented import PASSWORD, Scale

__all__ = ["PASSWORD", "Scale", "fill", "summarise"]
