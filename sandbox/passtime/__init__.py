"""A simulated PassTime: the partner interface as partners' programs call it, and an export of the portal."""
