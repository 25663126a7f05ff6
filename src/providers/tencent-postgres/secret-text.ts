// What a secret of the vendor may look like.

/** Whether a text can be an id, a key or a token: one line without control characters, and not too much. */
export function isSecret(text: string): boolean {
  return /^\P{Cc}{1,8192}$/u.test(text);
}
