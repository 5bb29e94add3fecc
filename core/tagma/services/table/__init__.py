"""The data manager: views, filters, columns, and what is done to many tasks at once."""
