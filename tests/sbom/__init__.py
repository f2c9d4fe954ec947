"""Tests of the SBOM writers."""
