"""The rules of picking, moving and handing over goods: frozen values and pure functions."""
