"""Markdown month folders and saved blog pages become Issues."""
