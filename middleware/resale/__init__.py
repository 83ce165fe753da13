"""What a repossessed vehicle costs and brings: work orders, title, notice, sale, and the review of the account."""
