"""Two records compared: what changed in settings, values, verdicts and single cases."""
