"""The sections of the attack: a name, and what asks one round of questions with a random number generator."""

from . import claims, derivations, gradients, hypotheses, mutations, noise, practice, reading

SECTIONS = {
    "gradients": gradients.ask,
    "right claims": claims.ask_right,
    "wrong claims": claims.ask_wrong,
    "mutations": mutations.ask,
    "proofs": claims.ask_proof,
    "equalities": claims.ask_same,
    "right derivations": derivations.ask_right,
    "planted errors": derivations.ask_planted,
    "practice": practice.ask,
    "hypotheses": hypotheses.ask,
    "texts": reading.ask,
    "noise": noise.ask,
}
