// Reads policies of clouds.

/** What the policies of a text grant: the names below a key such as `action`, of any vendor. */
export function grantedIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    /^(?:(?:data)?actions?|(?:included)?permissions)$/i.test(key) ? [inner].flat().map(String) : grantedIn(inner),
  );
}
