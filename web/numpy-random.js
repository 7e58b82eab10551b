// NumPy's default_rng(seed).uniform, so that a seed in the page draws the same weights as the same seed in hwlib.
// SeedSequence (a hash of the seed into 256 bits) feeds PCG64 (a 128-bit congruential generator, XSL-RR output).

const MASK64 = (1n << 64n) - 1n;
const MASK128 = (1n << 128n) - 1n;
const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

/** SeedSequence(seed).generate_state(8): eight 32-bit words from an integer 0 … 2³² − 1. */
function seedWords(seed) {
  let hash = 0x43b0d7e5;
  const hashed = (value) => {
    value = value ^ hash;
    hash = Math.imul(hash, 0x931e8875);
    value = Math.imul(value, hash);
    return (value ^ (value >>> 16)) >>> 0;
  };
  const mixed = (x, y) => {
    const value = (Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y)) | 0;
    return (value ^ (value >>> 16)) >>> 0;
  };
  const pool = [seed, 0, 0, 0].map(hashed);
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mixed(pool[to], hashed(pool[from]));
  }
  hash = 0x8b51f9dd;
  return Array.from({ length: 8 }, (_, i) => {
    let word = pool[i % 4] ^ hash;
    hash = Math.imul(hash, 0x58f38ded);
    word = Math.imul(word, hash);
    return (word ^ (word >>> 16)) >>> 0;
  });
}

/** A function that returns the doubles in [0, 1) of np.random.default_rng(seed).random(), one a call. */
export function defaultRng(seed) {
  const words = seedWords(seed).map(BigInt);
  const pair = (i) => (words[i + 1] << 32n) | words[i];
  const increment = ((((pair(4) << 64n) | pair(6)) << 1n) | 1n) & MASK128;
  let state = 0n;
  const step = () => {
    state = (state * MULTIPLIER + increment) & MASK128;
  };
  step();
  state = (state + ((pair(0) << 64n) | pair(2))) & MASK128;
  step();
  return () => {
    step();
    const folded = (state >> 64n) ^ (state & MASK64);
    const turn = state >> 122n;
    const output = ((folded >> turn) | (folded << (64n - turn))) & MASK64;
    return Number(output >> 11n) / 2 ** 53;
  };
}
