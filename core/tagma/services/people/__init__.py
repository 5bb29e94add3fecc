"""People: their accounts, keys and membership."""
