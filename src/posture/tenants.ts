// The tenants of an instance that are not encrypted at rest, in words.
import { cleanText } from '../model/clean-text.ts';
import type { Facts } from '../model/facts.ts';
import { countText, listText } from '../model/wording.ts';

/** Tenants that are named. */
const maxNamed = 5;

/** E.g. `2 of 3 tenants (orders and billing)`; empty where none is known to be unencrypted. */
export function unencryptedTenants({ tenants = [] }: Facts): string {
  const names = tenants.flatMap(({ id, name, encrypted }) =>
    encrypted === false ? [cleanText(name) || cleanText(id)] : [],
  );
  if (names.length === 0) return '';
  const others = names.length > maxNamed ? [`${names.length - maxNamed} more`] : [];
  const named = listText([...names.slice(0, maxNamed), ...others]);
  return `${names.length} of ${countText(tenants.length, 'tenant')} (${named})`;
}
