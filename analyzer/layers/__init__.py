"""One pass over each layer: digests, inflation, tar entries and captured files."""
