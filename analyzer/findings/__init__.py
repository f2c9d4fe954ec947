"""What is worth knowing about an image and is no defect of the file: notes, never problems."""
