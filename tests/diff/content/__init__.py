"""Comparing what is inside files, held against the tools that everybody has."""
