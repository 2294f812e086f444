"""The sender: plan, claim, personalise, send, record. The only writer of Deliveries."""
