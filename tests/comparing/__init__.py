"""Two inputs read side by side."""
