"""A forgotten password: a link by e-mail to whoever says so, good for an hour and once."""
