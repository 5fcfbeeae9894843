"""report.html: one self-contained page that opens from disk and asks nothing of a network."""
