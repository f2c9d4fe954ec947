"""Tests of `analyzer.diff`."""
