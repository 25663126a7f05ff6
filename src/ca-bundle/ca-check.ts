// Check `ca`: the CA certificates behind the URL that the API reports, where the response has none itself.
import { type Check, type CheckContext, caCheckName } from '../model/check.ts';
import { Failure } from '../model/failure.ts';
import type { Provider } from '../model/provider.ts';

/** Adds the check to a provider whose API reports such a URL. */
export function withCaCheck(provider: Provider): Provider {
  const { database, checks } = provider;
  if (database?.caUrl === undefined) return provider;
  return { ...provider, checks: [...checks, caCheck(database.caUrl, database.hintsFrom)] };
}

function caCheck(field: string, hintsFrom: readonly string[]): Check {
  return {
    name: caCheckName,
    optIn: 'ca_bundle',
    shared: true,
    after: hintsFrom,
    facts: { ca_certificate: `certificates in the download at ${field}` },
    async run({ hints, database }) {
      const url = urlIn(hints, hintsFrom);
      if (url === undefined) return { facts: {} };
      const { certificates, pem, unreadable } = await database.downloadCa(url);
      const help = 'open the URL that the API reports';
      return {
        facts: { certificates },
        hints: { caCertificates: pem },
        failure: unreadable
          ? new Failure('bad_response', `a part of the downloaded CA certificates cannot be read; ${help}`)
          : undefined,
      };
    },
  };
}

/** @returns undefined if there is nothing to download @throws {Failure} instance_state */
function urlIn(hints: CheckContext['hints'], hintsFrom: readonly string[]): string | undefined {
  if (hints.caCertificates !== undefined) return undefined;
  if ('caUrl' in hints) return hints.caUrl;
  const checks = hintsFrom.join(', ');
  throw new Failure(
    'instance_state',
    `the API does not report the URL of the CA certificates now; see check ${checks}`,
  );
}
