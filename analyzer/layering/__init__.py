"""What each layer of an image did, at what cost, and by which step of its build."""
