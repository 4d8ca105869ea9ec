"""The door for executives: KPIs out; targets, measures, baselines and policies in. Each API key is a person's."""
