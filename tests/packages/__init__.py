"""Tests of the packages: catalogers, their formats, and what is made of what they find."""
