"""The figures, one module each: what is set up, what is measured, what it is compared with."""
