"""The report as Markdown: what stands in a pull request's comment and in a step's summary."""
