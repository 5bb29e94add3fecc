"""Models of a project: connected, asked, taught."""
