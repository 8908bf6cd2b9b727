"""The running cluster: the engine's thread, its clock, and the client that everything else uses."""
