"""The command line: arguments in, one call of the library, one result out."""
