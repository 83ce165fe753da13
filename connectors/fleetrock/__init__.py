"""FleetRock: repair orders and purchase orders read by what happened to them, payment dates written back."""
