"""A simulated FleetRock: repair orders of the trucks on lease, with the quirks of the real one."""
