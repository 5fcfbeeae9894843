"""The conductor: plan x store x engine -> responses -> record. The only loop that costs money."""
