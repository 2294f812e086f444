"""Issues become Editions: Jinja, MJML, premailer, and a plain text of its own."""
