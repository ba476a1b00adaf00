"""What the runner is told, when, and how it reaches them: reminders, milestones, the week and the year.

One rule: Smashrun is looked at first, then a message is written, or a reason for silence.
"""
