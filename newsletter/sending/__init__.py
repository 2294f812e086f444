"""The sender: plan, claim, personalise, send, record. The only writer of Deliveries."""

from newsletter.sending.outfit import Outfit, Tally
from newsletter.sending.run import send

__all__ = ["Outfit", "Tally", "send"]
