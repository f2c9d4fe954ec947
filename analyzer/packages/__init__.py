"""Installed packages from captured files."""
