"""MBSi RecoveryConnect: orders for repo agents out, what became of them in by the reconciliation feed."""
