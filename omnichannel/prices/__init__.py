"""What messages cost, where their provider says so some time after they went."""
