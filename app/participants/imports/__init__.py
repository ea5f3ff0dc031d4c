"""Importing people: what a file's columns mean, what its lines would do, doing it in chunks, and undoing it."""
