"""Planted bugs: how many of the small changes to the code that everything rests on does a test see?"""
