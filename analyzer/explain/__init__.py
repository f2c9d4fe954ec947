"""What the words and findings of the tool mean: texts for people, one file per topic."""
