"""Readers of bytes that several catalogers share."""
