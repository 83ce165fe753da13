"""RDN (Recovery Database Network): cases for repo agents out, what happens to them in by the FireHose."""
