// Programs that refuse to run as root.

/** The user `nobody`. */
export const nobody = 65534;
export const isRoot = process.getuid?.() === 0;

/** A program and its arguments, as another user where this one is root. */
export function unprivileged(path: string, args: readonly string[]): [string, string[]] {
  const asNobody = [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', path];
  return isRoot ? ['setpriv', [...asNobody, ...args]] : [path, [...args]];
}
