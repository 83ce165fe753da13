"""Remarketing through auctions: who is asked to sell a vehicle, the request, its statuses (R01 to R13)."""
