"""Index, manifest, config and layer references: what the documents of a file say."""
