"""What lies in the layers of one image, name by name, and what became of each name."""
