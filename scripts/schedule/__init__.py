"""What starts the sync and the messages on this machine: systemd, launchd or cron."""
