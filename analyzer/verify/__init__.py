"""Integrity of a file, and whether it is what somebody else's document says it is."""
