"""Drawbar couples Salesforce to the systems of a commercial truck lender."""
