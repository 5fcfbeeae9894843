"""Statistics: intervals of values and of paired differences; each method names its source.

May import `core` only; numpy and scipy only inside the functions that need them. Nothing here
draws random numbers without a seed.
"""
