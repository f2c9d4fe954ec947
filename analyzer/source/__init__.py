"""Bytes by blob name: where the input comes from, and nothing about images."""
