"""Repairs of vehicles: which orders are open, which lack lines, and what that says of a vehicle."""
