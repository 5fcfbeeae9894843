"""Planning: every selected test's needs -> unique requests, in batches. Imports core only."""
