"""What fires: notes while it happens, and the tree that is made of them."""
