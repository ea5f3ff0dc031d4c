"""Somebody whom nothing reaches: a bad address corrected, and the walk through why they got nothing."""
