"""Model cards: what the hub shows of a fine-tuned model, its values in the model-index metadata."""
