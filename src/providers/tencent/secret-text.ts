// Validates secrets, and paths before they are shown in a message.

/** ` (PATH)` for a message; empty unless it is an absolute path, because it may be a secret in the wrong variable. */
export function shownPath(path: string): string {
  return /^\/[\w./-]{1,200}$/.test(path) ? ` (${path})` : '';
}

/** Whether a text can be an id, a key or a token: 1 to 8192 characters, no control characters. */
export function isSecret(text: string): boolean {
  return /^\P{Cc}{1,8192}$/u.test(text);
}
