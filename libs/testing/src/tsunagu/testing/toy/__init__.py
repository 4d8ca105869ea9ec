"""A small complete service, for the tests of the machinery: it counts what each visitor did, in order."""
