"""One customer across member card, EC account and app: who they are, what they bought, where they stand."""
