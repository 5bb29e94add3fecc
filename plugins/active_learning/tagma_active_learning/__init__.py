"""A text classifier that learns from what people submit."""
