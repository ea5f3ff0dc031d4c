"""Two entries that are one person: found, compared, made one, and taken apart again."""
