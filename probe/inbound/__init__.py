"""What others tell Vigie: notifications of Alertmanager, and e-mail."""
