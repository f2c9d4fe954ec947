"""Documents of any tool held against schemas, minimum elements and their own references."""
