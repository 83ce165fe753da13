"""A simulated Spireon: assets, devices, events, geofences and the locate command of the NSpire interface."""
