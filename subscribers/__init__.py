"""Who may be mailed, and why. This package imports nothing of `newsletter`."""
