"""What can go wrong on the way up, in words for the person at the terminal."""


class StackFailed(Exception):
    """Something could not be started; the message alone is shown, and the command ends with exit code 1."""


class FolderTaken(StackFailed):
    """Another stack already runs over the same folder."""
