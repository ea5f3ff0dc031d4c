"""The JSON API, version 1: what our users' own programs may ask and do, over the same verbs as the pages."""
