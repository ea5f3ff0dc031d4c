"""How fast, at what cost: each figure measured against the limit of the same machine in the same minutes. `make bench` runs it."""
