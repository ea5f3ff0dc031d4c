"""Sending once more: to those who did not open, or to somebody else."""
