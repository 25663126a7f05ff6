// Writes the reference page of the configuration from its JSON Schema, and an example with every setting.
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { configJsonSchema } from '../src/config/json-schema.ts';
import type { Provider } from '../src/model/provider.ts';
import { code, table } from './markdown.ts';

/** The part of a JSON Schema that the page reads. */
interface Node {
  type?: string;
  description?: string;
  default?: unknown;
  examples?: unknown[];
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Node>;
  required?: string[];
  additionalProperties?: Node | boolean;
  propertyNames?: Node;
  items?: Node;
  anyOf?: Node[];
  minimum?: number;
  maximum?: number;
}

/** One setting: its path, and the schema of its value. */
export interface Setting {
  /** As in a message of check-config; `ACCOUNT` is the key of an account, and `[]` each entry of a list. */
  path: string;
  node: Node;
  required: boolean;
}

/** The first alternative that is not null: the others are shorter ways to write it. */
const main = (node: Node): Node => node.anyOf?.find(({ type }) => type !== 'null') ?? node;

/** All settings below a node, in the order of the schema. */
function settingsBelow(node: Node, path: string): Setting[] {
  const { properties = {}, required = [], items } = { ...node, ...main(node) };
  const own = Object.entries(properties).flatMap(([name, value]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return [{ path: at, node: value, required: required.includes(name) }, ...settingsBelow(value, at)];
  });
  return items === undefined ? own : [...own, ...settingsBelow(items, `${path}[]`)];
}

/** The settings of the file by the part that they belong to; those of an account by the id of its provider. */
export function settingsOf(providers: readonly Provider[]): { common: Setting[]; accounts: Map<string, Setting[]> } {
  const schema = configJsonSchema(providers) as Node;
  const { additionalProperties } = schema.properties?.['accounts'] ?? {};
  const union = (additionalProperties as Node).anyOf ?? [additionalProperties as Node];
  const accounts = union.map((node) => [String(node.properties?.['provider']?.const), node] as const);
  return {
    common: settingsBelow(schema, ''),
    accounts: new Map(accounts.map(([id, node]) => [id, settingsBelow(node, 'accounts.ACCOUNT')])),
  };
}

/** A duration can be written as the number 0. */
const isDuration = (node: Node) => node.anyOf?.some((other) => other.const === 0) === true;

function typeOf(node: Node): string {
  const { const: value, enum: values, type, items, minimum, maximum } = { ...node, ...main(node) };
  if (value !== undefined) return shown(value);
  if (values !== undefined) return values.length > 8 ? 'text' : values.map(shown).join(', ');
  if (isDuration(node)) return 'duration';
  if (type === 'array') return items === undefined ? 'list' : `list of ${typeOf(items)}`;
  if (type === 'integer') return `integer, ${minimum} to ${maximum}`;
  return type === 'object' ? 'mapping' : type === 'string' ? 'text' : (type ?? '');
}

/** A value that is valid there: the first example, the default, or one that is built from those below. */
export function exampleOf(node: Node): unknown {
  const { examples, default: usual, const: value, enum: values, properties, items } = { ...main(node), ...node };
  const given = isDuration(node) ? (usual ?? examples?.[0]) : (examples?.[0] ?? value ?? usual);
  if (given !== undefined && !(Array.isArray(given) && given.length === 0)) return given;
  if (properties !== undefined) return exampleOfAll(properties);
  if (items !== undefined) return [exampleOf(items)];
  return values?.[0] ?? (node.anyOf === undefined ? undefined : exampleOf(main(node)));
}

/** An example of every property; of the three sources of a secret only the variable. */
function exampleOfAll(properties: Record<string, Node>): Record<string, unknown> {
  const names = Object.keys(properties).filter((name) => {
    const field = name.replace(/_file$/, '');
    return !(`${field}_env` in properties && (name === field || name === `${field}_file`));
  });
  return Object.fromEntries(names.map((name) => [name, exampleOf(properties[name] ?? {})]));
}

/** A complete file: one account of each provider with every setting, and one instance of it. */
export function fullExample(providers: readonly Provider[]): string {
  const schema = configJsonSchema(providers) as Node;
  const { scrape = {}, thresholds = {}, accounts: map = {}, instances: list = {} } = schema.properties ?? {};
  const union = (map.additionalProperties as Node).anyOf ?? [map.additionalProperties as Node];
  const accounts = Object.fromEntries(
    union.map((node) => [String(node.properties?.['provider']?.const), exampleOf(node)]),
  );
  const instances = providers.map(({ id, regions, checks, database }) => {
    const { region, tls_probe: probe, ...others } = exampleOf(list.items ?? {}) as Record<string, unknown>;
    const place = regions === undefined ? {} : { region: typeof regions === 'object' ? regions[0] : region };
    // What an instance leaves out is taken from its account.
    const { address } = probe as Record<string, unknown>;
    const probed = database === undefined ? {} : { tls_probe: { address } };
    return { ...others, account: id, id: exampleId(id), ...place, checks: checks.map(({ name }) => name), ...probed };
  });
  const file = { scrape: exampleOf(scrape), thresholds: exampleOf(thresholds), accounts, instances };
  return stringify(file, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** An instance id of the form that the provider has, from config.example.yaml. */
function exampleId(provider: string): string {
  const { accounts, instances } = parse(readFileSync(new URL('../config.example.yaml', import.meta.url), 'utf8')) as {
    accounts: Record<string, { provider: string }>;
    instances: { account: string; id: string }[];
  };
  return instances.find(({ account }) => accounts[account]?.provider === provider)?.id ?? 'db-6bwgamo3';
}

/** A file with what is required, and with the settings whose absence is a warning. */
function minimalExample(provider: Provider, settings: readonly Setting[]): string {
  const { id, regions, defaultEndpoint } = provider;
  const advised = (provider.warnings?.({ endpoint: defaultEndpoint }) ?? []).map(({ setting }) => {
    const node = settings.find(({ path }) => path.endsWith(`.${setting}`))?.node ?? {};
    return [setting, exampleOf(node)] as const;
  });
  const region = regions === undefined ? {} : { region: typeof regions === 'object' ? regions[0] : 'REGION' };
  return stringify({
    accounts: { main: { provider: id, ...Object.fromEntries(advised) } },
    instances: [{ id: exampleId(id), ...region }],
  });
}

/** Text without a content is shown as such. */
const shown = (value: unknown) =>
  value === undefined ? '' : code(typeof value === 'string' && value !== '' ? value : JSON.stringify(value));

/** Whether the settings below it have rows. */
const hasParts = (node: Node) => 'properties' in main(node) || 'properties' in (main(node).items ?? {});

function settingTable(settings: readonly Setting[]): string {
  return table(
    ['key', 'type', 'default', 'example', 'meaning'],
    settings.map(({ path, node, required }) => [
      code(path),
      typeOf(node),
      required ? 'required' : shown(node.default ?? main(node).default),
      hasParts(node) ? '' : shown(exampleOf(node)),
      node.description ?? '',
    ]),
  );
}

const yaml = (text: string) => `<!-- config -->\n\`\`\`yaml\n${text}\`\`\``;

/** The content of docs/configuration.md. */
export function configurationPage(providers: readonly Provider[]): string {
  const { common, accounts } = settingsOf(providers);
  const below = (section: string) => common.filter(({ path }) => new RegExp(`^${section}(?:$|\\.|\\[)`).test(path));
  const named = providers.flatMap((provider) => {
    const settings = accounts.get(provider.id) ?? [];
    const page = `[Its page](providers/${provider.id}.md) has the permissions, and the sources of credentials for an account without any.`;
    return [
      `### ${provider.title}`,
      page,
      'The shortest file that watches one database without a warning:',
      yaml(minimalExample(provider, settings)),
      settingTable(settings),
    ];
  });
  return `${[
    '# Configuration',
    '<!-- Generated from src/config and src/providers by `npm run generate`: edits here are lost. -->',
    'Every key of `config.yaml`, from the [JSON Schema](../config.schema.json). The [commented example](../config.example.yaml) explains the same settings one after the other. This validates a file without reading its secrets:',
    '<!-- run -->\n```sh\nclouddb-encryption-exporter check-config --syntax-only --config.file=config.example.yaml\n```',
    '- [Rules](#rules) that hold for all keys\n- [scrape](#scrape), [thresholds](#thresholds), [accounts](#accounts), [instances](#instances)\n- [An example with every setting](#an-example-with-every-setting)',
    '## Rules',
    [
      '- Unknown and duplicate keys are errors. Every problem is reported, with line and column.',
      '- A duration is a Prometheus duration: `500ms`, `5s`, `1h30m`, `1d`. Zero is `0s` or `0`.',
      '- A relative path starts at the folder of the configuration. `~` and `$NAME` are not expanded.',
      '- A secret `x` is given as `x`, `x_env` or `x_file`; two of them at once are an error. An account that gives none uses the usual sources of its provider.',
      '- The file has at most 16 MiB. It is read again when it has changed; an invalid file never replaces a valid one.',
      '- Where no default is shown, the setting is off, or the meaning says what holds instead.',
      '- `ACCOUNT` in a path is the key of an account; `[]` is each entry of a list.',
    ].join('\n'),
    '## scrape',
    settingTable(below('scrape')),
    '## thresholds',
    'They apply to the status page and the report. Change the [alert rules](alerting.md) together with them.',
    settingTable(below('thresholds')),
    '## accounts',
    settingTable(below('accounts')),
    ...named,
    '## instances',
    'The provider of the account decides which of the checks exist, and whether a region is required.',
    settingTable(below('instances')),
    '## An example with every setting',
    'Each setting once, with an example or its default. Of the three ways to give a secret it has the environment variable. What `tls_probe` of an instance leaves out is taken from its account.',
    yaml(fullExample(providers)),
  ].join('\n\n')}\n`;
}
