"""What the checks share: servers, clients, samples, and the count of what passed."""
