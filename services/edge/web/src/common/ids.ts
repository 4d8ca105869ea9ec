/** Ids that nobody else makes. */

/** 128 random bits in hex. Also where pages come without TLS, as in a test network: `crypto.randomUUID` is missing there. */
export function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
