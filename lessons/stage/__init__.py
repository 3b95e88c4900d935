"""A registration, step by step: what a trace has recorded, told in sentences, with the code, the tree and the rows."""
