"""The method's heavy work as TorchScript models: what a model server serves, and how workers call it."""
