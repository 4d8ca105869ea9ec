"""Order links: who holds one may see what of the order can still be changed, and ask for it, without signing in."""
