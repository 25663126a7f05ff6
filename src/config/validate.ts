// Converts the text of a configuration file into a configuration, or into the list of its problems. Reads no other file.
import { folderOf } from '../files/descriptor.ts';
import { findOddCharacter } from '../files/odd-characters.ts';
import { asObject, parse, type Report, type ReportUnknown } from '../files/parse-part.ts';
import { didYouMean } from '../files/suggest.ts';
import { byLine, type Problem, parseYaml, type YamlDocument } from '../files/yaml-document.ts';
import type { Provider } from '../model/provider.ts';
import type { Config } from './config.ts';
import { configWords } from './json-schema.ts';
import { type Places, placesOf, unknownReporter } from './misplaced.ts';
import { scrapeSchema, sections } from './schema.ts';
import { shownNames } from './shown-names.ts';
import { readThresholds } from './thresholds.ts';
import { type Draft, readAccounts } from './validate-accounts.ts';
import { readInstances } from './validate-instances.ts';

/** What a configuration is validated against. */
export interface ValidationContext {
  providers: readonly Provider[];
  /** Label names that the exporter itself uses. */
  reservedLabels: ReadonlySet<string>;
  /** Unix milliseconds: acceptances that are over are warned of. */
  nowMs: number;
}

/** A configuration, or every problem of the file in the order of its lines. */
export type Validation =
  | { config: Config; problems?: never; warnings?: never }
  | {
      config?: never;
      problems: Problem[];
      /** Those that were found all the same. */
      warnings?: Problem[];
      /** Whether the same text can be valid later: it could not be validated. */
      canBecomeValid?: boolean;
    };

/** Validates the text of a file. */
export type Validate = (file: string, text: string) => Promise<Validation>;

/** Validates the text. Secrets are not read: those that are missing fail the checks of their account only. */
export function validateConfig(file: string, text: string, context: ValidationContext): Promise<Validation> {
  return Promise.resolve(validateDocument(parseConfig(file, text, context), file, context).validation);
}

/** Parses the text of a configuration, for `validateDocument`. */
export function parseConfig(file: string, text: string, { providers }: ValidationContext): YamlDocument {
  return parseYaml(file, text, { words: () => configWords(providers), shows: shownNames(providers) });
}

/** As validateConfig, of a document; also returns where the secrets are, even if there are problems. */
export function validateDocument(
  document: YamlDocument,
  file: string,
  context: ValidationContext,
): { validation: Validation; secrets: ReadonlyMap<string, Draft['secrets']> } {
  if (document.problems.length > 0 && document.value === undefined)
    return { validation: { problems: document.problems }, secrets: new Map() };
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const report: Report = (path, message, at) => problems.push(document.problem(path, message, at));
  const warn: Report = (path, message, at) =>
    warnings.push({ ...document.problem(path, message, at), severity: 'warning' });

  const { providers } = context;
  const places = placesOf(providers);
  const top = readTop(document.value, places, report);
  const unknown: ReportUnknown = unknownReporter(places, report);
  const scrape = parse(scrapeSchema, top?.['scrape'] ?? {}, ['scrape'], report, unknown);
  const thresholds = readThresholds(top?.['thresholds'], report, unknown);
  const accounts = readAccounts(top?.['accounts'], { ...context, places, report, warn });
  const instances = readInstances(top?.['instances'], accounts, { ...context, unknown, report, warn, document });

  // Of two problems of one place, the one that knows the setting says more.
  const reported = new Set(problems.map(placeOf));
  for (const problem of document.problems) if (!reported.has(placeOf(problem))) problems.push(problem);
  const drafts = [...(accounts ?? [])];
  const secrets = new Map(drafts.map(([name, draft]) => [name, draft.secrets]));
  const given = top?.['instances'] ?? [];
  const discovers = drafts.some(([, { discovers }]) => discovers === true);
  if (accounts !== undefined && Array.isArray(given) && given.length === 0 && !discovers) {
    warn(['instances'], nothingToWatch);
  }
  if (problems.length > 0) {
    return { validation: { problems: problems.toSorted(byLine), warnings: warnings.toSorted(byLine) }, secrets };
  }
  const known = drafts.flatMap(([name, { account }]) => (account === undefined ? [] : [[name, account] as const]));
  const config = { scrape: scrape ?? scrapeSchema.parse({}), thresholds, accounts: new Map(known), instances };
  warnOfUnused(config, warn);
  const folder = folderOf(file);
  return { validation: { config: { ...config, folder, warnings: warnings.toSorted(byLine) } }, secrets };
}

/** Equal for problems of the same place. */
export const placeOf = ({ line, column }: Problem) => `${line}:${column}`;

/** The mapping at the top of the file; reports unknown keys in it. */
function readTop(value: unknown, places: Places, report: Report): Record<string, unknown> | undefined {
  const top = asObject(value);
  if (top === undefined) {
    const what = value === undefined || value === null ? 'the file is empty' : 'this is not a configuration';
    report([], `${what}: it must contain a mapping with the key accounts; config.example.yaml is an example`);
    return undefined;
  }
  const unknown = Object.keys(top).filter((key) => !sections.some((section) => section === key));
  unknownReporter(places, report)(unknown, sections, []);
  // A key that is misplaced or mistyped may be the reason why there are no accounts.
  const isExplained = unknown.some(
    (key) => places.has(key) || didYouMean(key, sections) !== '' || findOddCharacter(key) !== undefined,
  );
  if ((top['accounts'] ?? undefined) === undefined && !isExplained) report([], 'accounts is required');
  return top;
}

/** A configuration with which the exporter runs and reports nothing. */
export const nothingToWatch = 'there is nothing to watch: add an instance, or discovery to an account';

function warnOfUnused({ accounts, instances }: Pick<Config, 'accounts' | 'instances'>, warn: Report): void {
  const used = new Set(instances.map(({ account }) => account));
  for (const { name, discovery } of accounts.values()) if (discovery !== undefined) used.add(name);
  if (used.size === 0) return;
  for (const name of accounts.keys()) {
    if (!used.has(name)) warn(['accounts', name], 'no instance belongs to this account', 'key');
  }
}
