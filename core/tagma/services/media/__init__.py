"""What is computed from media: small pictures, and what is derived once."""
