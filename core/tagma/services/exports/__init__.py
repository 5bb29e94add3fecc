"""From annotations to files."""
