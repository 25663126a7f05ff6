// Writes the index of the providers: product, credentials and facts of each.
import { type FactName, factNames } from '../src/model/facts.ts';
import type { Provider } from '../src/model/provider.ts';
import { code, table } from './markdown.ts';

/** The content of docs/providers/README.md. */
export function providersPage(providers: readonly Provider[]): string {
  return `${[
    '# Providers',
    '<!-- Generated from src/providers by `npm run generate`: edits here are lost. -->',
    'A provider is one product of a cloud. Its page has the permissions that the exporter needs, what the API reports, and the steps in the console for each alert.',
    table(
      ['product', '`provider`', 'engine', 'region'],
      providers.map((provider) => [
        `[${provider.title}](${provider.id}.md)`,
        code(provider.id),
        code(provider.engine),
        regionsOf(provider),
      ]),
    ),
    '- [Credentials](#credentials) of an account\n- [Facts](#facts): what each product reports, and the field that it comes from',
    '## Credentials',
    'Each field is set as `FIELD`, `FIELD_env` or `FIELD_file`. An account without any of them uses the environment variables; the page of the provider has other sources.',
    table(
      ['`provider`', 'field', 'environment variable', 'required', 'secret'],
      providers.flatMap(({ id, credentials }) =>
        credentials.map(({ name, env, required, secret, sentInHeader }) => [
          code(id),
          code(name),
          code(env),
          required ? 'yes' : 'no',
          secret ? (sentInHeader === true ? 'yes, sent in a header' : 'yes') : 'no',
        ]),
      ),
    ),
    '## Facts',
    'Each with the check that reports it and the field of the API. A fact that is not available has no series; [docs/metrics.md](../metrics.md) has the metrics of each fact.',
    table(
      ['fact', ...providers.map(({ title }) => title)],
      factNames.map((fact) => [code(fact), ...providers.map((provider) => fieldsOf(provider, fact))]),
    ),
  ].join('\n\n')}\n`;
}

function regionsOf({ regions }: Provider): string {
  if (regions === undefined) return 'optional, any text';
  return regions === 'any' ? 'required, any text' : `required: ${regions.map(code).join(', ')}`;
}

function fieldsOf({ checks }: Provider, fact: FactName): string {
  const fields = checks.flatMap(({ name, facts }) => {
    const field = facts[fact];
    return field === undefined ? [] : [`${code(name)}: ${field}`];
  });
  return fields.length === 0 ? 'not available' : fields.join('; ');
}
