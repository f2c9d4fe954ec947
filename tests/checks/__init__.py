"""Tests of what is checked in documents of any tool."""
