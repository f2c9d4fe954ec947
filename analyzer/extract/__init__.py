"""Content taken out of images: single files, trees, what was deleted, whole root filesystems.

Nothing is handed out before the layer it comes from is proven, and nothing of an image, least of
all its links, decides where on the host it is written.
"""
