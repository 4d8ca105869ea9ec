"""A shopper's purchases over all channels, once they have proven to hold their mail address."""
