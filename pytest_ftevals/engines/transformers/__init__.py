"""The engine on transformers and peft. Its modules import torch: reach them via the registry."""
