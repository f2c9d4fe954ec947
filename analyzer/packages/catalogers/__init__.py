"""One module per ecosystem, each with one `CATALOGER`; found by folder, listed nowhere."""
