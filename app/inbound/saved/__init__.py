"""Answers kept for the next time."""
