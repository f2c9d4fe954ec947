"""Parts of `scripts/bench.py`: the image it measures on, the floor, and the measuring."""
