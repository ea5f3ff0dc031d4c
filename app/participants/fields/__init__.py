"""The fields that an organisation keeps about its people beyond name and addresses: add, rename, remove."""
