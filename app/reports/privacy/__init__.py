"""What one person may ask for: a copy of everything that is held about them, and that it be erased."""
