"""Returned mail as servers write it, made from what they say: for tests that need hundreds."""
