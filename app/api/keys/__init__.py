"""For owners: the keys by which programs come in."""
