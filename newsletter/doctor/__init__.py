"""The doctor: looks a whole site over and says what to do. It changes nothing and sends nothing."""

from newsletter.doctor.check import Check, Level
from newsletter.doctor.examine import examine

__all__ = ["Check", "Level", "examine"]
