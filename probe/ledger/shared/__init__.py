"""Several vantages on one PostgreSQL: spool, inbox, evaluation, and the link of one vantage."""
