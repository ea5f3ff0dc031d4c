"""Approval by a second person, where an owner has asked for it."""
