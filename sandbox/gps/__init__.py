"""The trucks of the simulated lender on the road, for the simulated makers of GPS devices."""
