"""Who a person at a door is: accounts, passwords, and sessions in a cookie."""
