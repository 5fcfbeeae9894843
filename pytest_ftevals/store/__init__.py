"""The store: responses on disk by content key, and fingerprints. Imports core only."""
