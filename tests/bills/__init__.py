"""Documents of other tools read into bills."""
