"""Names and addresses: when two spellings are one, and which account has which."""
