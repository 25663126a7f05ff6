// What a secret of the vendor may look like.

/** Whether a text can be an id, a key or a token: visible ASCII, as it has to fit into a header, and not too much. */
export function isSecret(text: string): boolean {
  return /^[\x21-\x7e]{1,8192}$/.test(text);
}
