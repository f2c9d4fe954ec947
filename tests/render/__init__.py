"""Tests of `analyzer.render`."""
