"""The sender: plan, claim, personalise, send, record. The only writer of Deliveries."""

from newsletter.sending.outfit import Hold, Outfit, Tally
from newsletter.sending.patience import send_until_settled
from newsletter.sending.start import holds, send

__all__ = ["Hold", "Outfit", "Tally", "holds", "send", "send_until_settled"]
