"""Settings become the wired application; the one place that chooses adapters."""
