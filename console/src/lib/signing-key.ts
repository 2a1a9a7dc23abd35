// Keys that sign requests after the Standard Webhooks specification.

const kBytes = 32;

// "whsec_" and Base64 of bytes that nobody can guess.
export function newSigningKey(
  fill: (bytes: Uint8Array) => void = (bytes) => void crypto.getRandomValues(bytes),
): string {
  const bytes = new Uint8Array(kBytes);
  fill(bytes);
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}
