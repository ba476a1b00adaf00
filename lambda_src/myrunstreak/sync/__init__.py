"""The sync: fetch what is new, changed or deleted on Smashrun, keep it, publish it, move the watermark.

The order makes it safe: an answer is archived before it is stored, the database is published before the watermark
moves, and a deletion needs two lists that agree. A sync that is killed anywhere is made good by the next one: it applies
what is archived, lists the same window again, and ends with the rows of an undisturbed sync.

`sync` takes the steps in order, and each has a file: `ownership`, `walk`, `reconcile` (with `witness` and `brake`),
`reread`, `details`, `commit`. They work with a `context`, archive and apply through the `observer`, and fill the
`outcome`.
`values`, `state`, `owner` and `ports` are the seam: the part that adapters know.
"""
