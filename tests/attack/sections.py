"""The sections of the attack: a name, and what asks one round of questions with a random number generator."""

from . import claims, gradients, mutations, noise, reading

SECTIONS = {
    "gradients": gradients.ask,
    "right claims": claims.ask_right,
    "wrong claims": claims.ask_wrong,
    "mutations": mutations.ask,
    "proofs": claims.ask_proof,
    "equalities": claims.ask_same,
    "texts": reading.ask,
    "noise": noise.ask,
}
