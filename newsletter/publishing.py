"""From a month's folder to a frozen Mailing: load, lint, editions, freeze."""
