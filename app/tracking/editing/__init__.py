"""The page behind a message's edit link."""
