"""A simulated MBSi RecoveryConnect: orders by REST and the reconciliation feed."""
