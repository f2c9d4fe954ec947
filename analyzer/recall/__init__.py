"""What came of reading all layers of an image, kept between runs."""
