// The checks of an instance: those that are configured, or the usual ones.
import type { Report } from '../files/parse-part.ts';
import { didYouMean } from '../files/suggest.ts';
import type { Path } from '../files/yaml-document.ts';
import { caCheckName, tlsCheckName } from '../model/check.ts';
import type { Provider } from '../model/provider.ts';

/** Their names: those that are configured; else those that always run, and those that its account enables. */
export function chosenChecks(
  configured: readonly string[] | undefined,
  { checks }: Provider,
  { probed, fetchesCa = false }: { probed: boolean; fetchesCa?: boolean | undefined },
): string[] {
  if (configured !== undefined) return [...new Set(configured)];
  const optedIn = [...(probed ? [tlsCheckName] : []), ...(fetchesCa ? [caCheckName] : [])];
  return checks.flatMap(({ name, optIn }) => (optIn === undefined || optedIn.includes(name) ? name : []));
}

/** Reports checks that do not exist, or need other settings. @param fetchesCa undefined where the account has problems */
export function checkChecks(
  checks: unknown,
  { provider: { id, checks: known, database }, fetchesCa }: { provider: Provider; fetchesCa: boolean | undefined },
  path: Path,
  report: Report,
): void {
  const names = known.map(({ name }) => name);
  for (const [index, check] of (Array.isArray(checks) ? checks : []).entries()) {
    if (typeof check !== 'string' || names.includes(check)) continue;
    const suggestion = didYouMean(check, names);
    report([...path, 'checks', index], `${id} has only the checks ${names.join(', ')}${suggestion}`);
  }
  checkCaCheck(checks, { fetchesCa, sources: database?.hintsFrom ?? [] }, path, report);
}

/** What check `ca` needs: its account fetches, and the checks that report the URL run. */
function checkCaCheck(
  checks: unknown,
  { fetchesCa, sources }: { fetchesCa: boolean | undefined; sources: readonly string[] },
  path: Path,
  report: Report,
): void {
  const names: unknown[] = Array.isArray(checks) ? checks : [];
  const at = names.indexOf(caCheckName);
  if (at < 0) return;
  const place = [...path, 'checks', at];
  const missing = sources.filter((name) => !names.includes(name));
  if (fetchesCa === false) report(place, 'needs ca_bundle: { fetch: true, allowed_hosts: [HOST] } in the account');
  else if (missing.length > 0)
    report(place, `needs check ${missing.join(', ')}, which reports where the CA certificates are`);
}
