"""Targets for coverage-guided fuzzing; `scripts/fuzz.py` runs them, pytest keeps them sound."""
