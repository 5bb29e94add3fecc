"""Projects: what is set on them, what they count, which labels they use."""
