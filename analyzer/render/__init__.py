"""Reports and differences as text for people."""
