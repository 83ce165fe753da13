"""Where the lender's trucks are: devices, positions and events, alike for every maker of GPS devices."""
