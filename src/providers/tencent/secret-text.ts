// What a secret of the vendor may look like.

/** ` (PATH)` for a message; nothing for what is no absolute path, and may be a secret in the wrong variable. */
export function shownPath(path: string): string {
  return /^\/[\w./-]{1,200}$/.test(path) ? ` (${path})` : '';
}

/** Whether a text can be an id, a key or a token: one line without control characters, and not too much. */
export function isSecret(text: string): boolean {
  return /^\P{Cc}{1,8192}$/u.test(text);
}
