"""Invoices of auctions: their checks and rules, what was posted of them, and what each vehicle brought."""
