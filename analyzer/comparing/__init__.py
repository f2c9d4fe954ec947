"""Two inputs read as one, and what they and their trees differ in."""
