"""Spireon (GoldStar, FleetLocate): GPS devices read as a book of assets, with their events."""
