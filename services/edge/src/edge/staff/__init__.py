"""The door for stores: today's tasks out, what staff did in. Each API key is a store's."""
