"""What simulated repo agents make of the orders that simulated networks give them."""
