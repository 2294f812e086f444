"""Where messages go: the Backend seam, the registry, and one file a backend."""

from newsletter.delivery.protocol import Backend, Message, Receipt, Stage

__all__ = ["Backend", "Message", "Receipt", "Stage"]
