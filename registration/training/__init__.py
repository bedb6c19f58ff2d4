"""How the learned parts are made: synthetic pairs with a known field, losses, loops, checkpoints."""
