"""The door for sites that stay as they are: webhooks and files in, the order's life and availability out."""
