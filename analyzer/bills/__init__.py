"""Bills of materials as values, and the readers of documents that hold one."""
