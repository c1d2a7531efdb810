// Finds the number of a proof of work, in a thread of its own, so that the page stays smooth.
// SHA-256 in plain script (FIPS 180-4): for short texts WebCrypto takes longer, and it is missing without HTTPS.

// How many numbers are tried between two messages about the progress.
const SLICE = 10_000;
// The text is one block of 16 words, the last of which is its length in bits; the other 48 are derived from them.
const WORDS = 16;
const block = new Int32Array(64);

// The first 32 bits of the fractions of the square roots of the first 8 primes, and of the cube roots of the first 64.
// biome-ignore format: rows
const START = new Int32Array([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);
const ROUNDS = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

addEventListener("message", ({ data: { salt, challenge, most } }) => {
  const sought = challenge.match(/.{8}/g).map((hex) => Number.parseInt(hex, 16) | 0);
  const head = wordsOf(salt);
  for (let from = 0; from <= most; from += SLICE) {
    const end = Math.min(from + SLICE, most + 1);
    for (let number = from; number < end; number++) {
      if (isSolution(head, salt.length, String(number), sought)) {
        postMessage({ number });
        return;
      }
    }
    postMessage({ share: end / (most + 1) });
  }
  postMessage({ number: null });
});

function wordsOf(salt) {
  const words = new Int32Array(WORDS);
  for (let place = 0; place < salt.length; place++) put(words, place, salt.charCodeAt(place));
  return words;
}

function put(words, place, byte) {
  words[place >> 2] |= byte << (24 - 8 * (place & 3));
}

function isSolution(head, length, digits, sought) {
  block.set(head);
  for (let place = 0; place < digits.length; place++) put(block, length + place, digits.charCodeAt(place));
  const end = length + digits.length;
  put(block, end, 0x80);
  block[WORDS - 1] = 8 * end;
  return isDigest(sought);
}

// Whether the digest of the block is the one that is sought; most differ in their first word.
function isDigest(sought) {
  for (let round = WORDS; round < 64; round++) {
    const x = block[round - 15];
    const y = block[round - 2];
    const first = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const second = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    block[round] = (block[round - 16] + first + block[round - 7] + second) | 0;
  }
  let a = START[0];
  let b = START[1];
  let c = START[2];
  let d = START[3];
  let e = START[4];
  let f = START[5];
  let g = START[6];
  let h = START[7];
  for (let round = 0; round < 64; round++) {
    const mixed = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const chosen = (e & f) ^ (~e & g);
    const one = (h + mixed + chosen + ROUNDS[round] + block[round]) | 0;
    const turned = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + turned + majority) | 0;
  }
  if (((a + START[0]) | 0) !== sought[0]) return false;
  return [a, b, c, d, e, f, g, h].every((word, place) => ((word + START[place]) | 0) === sought[place]);
}
