"""Engines: the only place for torch, transformers, peft and HTTP. One protocol, a folder each."""
