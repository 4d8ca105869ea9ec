"""Orders placed through a door, followed for whoever placed them: what partner and shopper share."""
