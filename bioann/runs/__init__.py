"""Runs: plan and execute the run of a pair, and keep its recording with the pair."""
