"""Answering through the link in a forwarded e-mail."""
