"""Pause, resume and cancel."""
