"""The platforms of one image held against each other."""
