"""Editions become bytes on the wire, with slots for the reader's own values."""
