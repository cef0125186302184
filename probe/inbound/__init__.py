"""Messages from others: Alertmanager's notifications, and e-mail."""
