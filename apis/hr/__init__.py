"""The HR API: leave, pay days, papers and the account that salaries are paid into."""
