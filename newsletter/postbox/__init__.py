"""What comes back: where it lies, and what a returned message says. Nothing here decides."""

from newsletter.postbox.report import Feedback, Kind, Marks, Report, Said

__all__ = ["Feedback", "Kind", "Marks", "Report", "Said"]
