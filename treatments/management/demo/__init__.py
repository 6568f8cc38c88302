"""The demo clinic: Harbour Lane Physiotherapy, its people and six months of its work, dated back from today."""

from .clinic import LOGINS, PASSWORD, SITE_NAME
from .seeding import seed

__all__ = ["LOGINS", "PASSWORD", "SITE_NAME", "seed"]
