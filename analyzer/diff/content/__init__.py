"""What differs inside a file: two contents in, a small tree of differences out."""
