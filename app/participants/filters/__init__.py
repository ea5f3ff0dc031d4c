"""Saved filters: people found by conditions, looked for anew whenever they are asked for."""
