"""The editor's live preview."""
