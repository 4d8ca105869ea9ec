"""The outside systems of the retailer as actors: tills, the EC site and the app, shoppers, staff and carriers."""
