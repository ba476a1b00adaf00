"""Policies, alarms, the dashboard and other documents as plain values: no resources."""
