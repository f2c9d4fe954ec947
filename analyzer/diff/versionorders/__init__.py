"""The orders of versions that no library of ours knows, or knows wrongly: one ecosystem a file.

Each takes two versions and gives back a negative number, zero or a positive one, as the first is
older than, equal to or newer than the second; `ValueError` where one does not follow the rules.
"""
