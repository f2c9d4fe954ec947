"""The command as people and scripts meet it: arguments, both streams, exit codes, files."""
