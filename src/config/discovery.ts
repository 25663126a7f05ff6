// `discovery:` of an account.
import * as z from 'zod';
import { parse, type Report } from '../files/parse-part.ts';
import { shownName } from '../files/shown-name.ts';
import type { Path } from '../files/yaml-document.ts';
import type { Discovery } from '../model/discovery.ts';
import { durationSchema } from '../model/duration.ts';
import type { Provider } from '../model/provider.ts';
import { checkChecks, chosenChecks } from './instance-checks.ts';
import { labelComplaint } from './label-name.ts';
import { checkRegion } from './region.ts';
import { type GivenProbe, readTlsProbe } from './tls-probe.ts';

const text = z.string().min(1, 'must not be empty').max(256, 'must have at most 256 characters');

/** What every provider has. */
const common = {
  tags: z
    .record(text, z.string().max(256, 'must have at most 256 characters'))
    .default({})
    .meta({ description: 'Only instances with all of these tags.', examples: [{ env: 'prod' }] }),
  exclude: z
    .array(text)
    .max(10_000, 'must have at most 10000 ids')
    .default([])
    .meta({ description: 'Ids of instances that are not watched.', examples: [['db-test1']] }),
  checks: z
    .array(z.string())
    .min(1, 'must name at least one check')
    .optional()
    .describe('Checks of the discovered instances. Default: as for an entry of `instances`.'),
  refresh_interval: durationSchema.prefault('5m').describe('A list younger than this is not requested again.'),
  tag_labels: z
    .array(text)
    .max(50, 'must have at most 50 tags')
    .default([])
    .meta({
      description:
        'Tags that become labels of the discovered instances; characters that a label name cannot have become _.',
      examples: [['team']],
    }),
};

/** In an account of this provider. */
export function discoverySchema(provider: Pick<Provider, 'regions' | 'checks'>) {
  return settingsSchema(provider)
    .nullable()
    .optional()
    .describe(
      'Watches the instances that the API lists. An instance that is also in `instances` keeps its settings from there.',
    );
}

function settingsSchema({ regions, checks: known }: Pick<Provider, 'regions' | 'checks'>) {
  const region = z.string().max(64, 'must have at most 64 characters');
  const list = z
    .array(typeof regions === 'object' ? region.meta({ examples: [...regions] }) : region)
    .min(1, 'must have at least one region')
    .max(100, 'must have at most 100 regions')
    .describe('The regions whose instances are listed.');
  const always = known.flatMap(({ name, optIn }) => (optIn === undefined ? [name] : []));
  const checks = common.checks.meta({ examples: [always] });
  return z.strictObject({ ...(regions === undefined ? {} : { regions: list }), ...common, checks });
}

/** `discovery` as written in the file: undefined where it is absent, null where it is empty. */
export type GivenDiscovery = z.output<ReturnType<typeof discoverySchema>>;

/** One account, as far as its discovery depends on it. */
interface DiscoveryInput {
  given: GivenDiscovery;
  account: string;
  provider: Provider;
  tlsProbe: GivenProbe;
  fetchesCa: boolean;
}

/** What the settings are validated with. */
interface DiscoveryContext {
  /** Label names that the exporter itself uses. */
  reservedLabels: ReadonlySet<string>;
  report: Report;
  warn: Report;
}

/** @returns undefined where the account discovers nothing */
export function readDiscovery(
  { given, account, provider, tlsProbe: accountProbe, fetchesCa }: DiscoveryInput,
  context: DiscoveryContext,
): Discovery | undefined {
  if (given === undefined) return undefined;
  const path = ['accounts', account, 'discovery'];
  const parsed = given ?? parse(settingsSchema(provider), {}, path, context.report);
  if (parsed === undefined) return undefined;
  const { tags, exclude, refresh_interval: refreshIntervalMs, tag_labels, checks } = parsed;
  const regions = (parsed as { regions?: readonly string[] }).regions ?? [''];
  for (const [index, region] of regions.entries()) {
    if (provider.regions !== undefined) checkRegion(region, provider, [...path, 'regions', index], context);
  }
  checkChecks(checks, { provider, fetchesCa }, path, context.report);
  const tlsProbe = readTlsProbe({ own: undefined, account: accountProbe, checks, provider }, path, context);
  return {
    regions: [...new Set(regions)],
    tags,
    exclude: new Set(exclude),
    refreshIntervalMs,
    tagLabels: readTagLabels(tag_labels, path, context),
    template: {
      account,
      provider: provider.id,
      checks: chosenChecks(checks, provider, { probed: tlsProbe !== undefined, fetchesCa }),
      ...(tlsProbe === undefined ? {} : { tlsProbe }),
    },
  };
}

function readTagLabels(
  tags: readonly string[],
  path: Path,
  { reservedLabels, report }: DiscoveryContext,
): Discovery['tagLabels'] {
  const tagOf = new Map<string, string>();
  for (const [index, tag] of tags.entries()) {
    const label = labelNameOf(tag);
    const at = [...path, 'tag_labels', index];
    const other = tagOf.get(label);
    const wrong = labelComplaint(label, reservedLabels);
    if (wrong !== undefined) report(at, `as a label, this tag is named ${shownName(label)}: ${wrong}`);
    else if (other !== undefined && other !== tag)
      report(at, 'becomes the same label as another tag; leave one of them');
    tagOf.set(label, tag);
  }
  return Array.from(tagOf, ([label, tag]) => ({ tag, label }));
}

/** Characters that a label name cannot have become `_`. */
function labelNameOf(tag: string): string {
  return tag
    .trim()
    .replaceAll(/[^A-Za-z0-9_]/g, '_')
    .replace(/^(?=\d)/, '_');
}
