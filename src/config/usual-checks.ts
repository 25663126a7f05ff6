// The checks of an instance for which none are configured.
import { caCheckName, tlsCheckName } from '../model/check.ts';
import type { Provider } from '../model/provider.ts';

/** Their names: those that always run, and those that its account enables. */
export function usualChecks(
  { checks }: Provider,
  { probed, fetchesCa = false }: { probed: boolean; fetchesCa?: boolean | undefined },
): string[] {
  const optedIn = [...(probed ? [tlsCheckName] : []), ...(fetchesCa ? [caCheckName] : [])];
  return checks.flatMap(({ name, optIn }) => (optIn === undefined || optedIn.includes(name) ? name : []));
}
