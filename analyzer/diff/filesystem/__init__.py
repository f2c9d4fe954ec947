"""What differs between two merged trees, file by file, and what explains it."""
