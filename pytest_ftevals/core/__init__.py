"""The vocabulary of the project as frozen dataclasses; standard library only.

Every other package speaks in these words. Nothing here imports another package of ours.
"""
