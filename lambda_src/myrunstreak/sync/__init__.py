"""The sync: fetch what is new, changed or deleted on Smashrun, keep it, publish it, move the watermark.

Order is what makes it safe: an answer is archived before it is stored, the database is published before
the watermark moves, and nothing is marked deleted unless a clean walk and a complete id list say so twice.
Killed anywhere, the next sync finds what is archived, lists the same window again and ends with the rows of
an undisturbed one.

`sync` holds the steps and the commit, `walk` reads lists, `reconcile` holds the store against the complete
id list, `observations` archives and applies an answer, `outcome` is what the steps leave for the commit.
"""
