"""A simulated RDN: SOAP cases and the FireHose."""
