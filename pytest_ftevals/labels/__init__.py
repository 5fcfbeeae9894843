"""Labels: ordered rules that say why a case failed.

May import `core` only; jsonschema only inside the function that needs it.
"""
