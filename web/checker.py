"""The derivation checker's questions, answered by hwlib.matrix_calculus."""
