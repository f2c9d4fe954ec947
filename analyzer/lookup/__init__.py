"""What a hash is: from any text a person copies to every identifier of a report that it names."""
