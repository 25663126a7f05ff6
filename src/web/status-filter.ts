// The filter of the status page: read from the query of its URL, and written as one.
import type { Instance } from '../model/instance.ts';
import { type Level, levels, levelText } from './instance-state.ts';

/** What the status page shows, as its query says. */
export interface Filter {
  provider?: string | undefined;
  account?: string | undefined;
  region?: string | undefined;
  severity?: Level | undefined;
  /** Own labels: for each name one of its values. */
  labels: readonly Label[];
  /** A part of the name or of the id, in any case. */
  q?: string | undefined;
  /** From 1; may be beyond the last page. */
  page: number;
  /** Seconds after which the page reloads; 0: never. */
  refresh: number;
}

/** A label of an instance and its value; empty for instances without it. */
export interface Label {
  name: string;
  value: string;
}

/** Parameters with one value each. */
const textNames = ['provider', 'account', 'region', 'q'] as const;
const names = [...textNames, 'severity', 'label', 'page', 'refresh'];
/** Characters of a value, bytes of a URL being bounded by the server: each link of the page repeats it. */
const maxLength = 256;
/** Characters of `NAME:VALUE`: a value has up to 200 from the configuration, and up to 400 from a tag. */
export const maxLabelLength = 1024;
const maxLabels = 10;
/** Things of one kind that are named as ignored, and characters of each. */
const maxNamed = 3;
const maxShown = 60;
export const defaultRefresh = 60;
const [minRefresh, maxRefresh] = [5, 3600];

/** Reads the query. What is not understood is ignored. @returns a note for people on each thing ignored, too */
export function readFilter(query: URLSearchParams): { filter: Filter; notes: string[] } {
  const notes: string[] = [];
  const one = (name: string) => oneValue(query, name, notes);
  const texts = Object.fromEntries(textNames.map((name) => [name, one(name)]));
  const filter: Filter = {
    ...texts,
    severity: readSeverity(one('severity'), notes),
    labels: readLabels(query.getAll('label'), notes),
    page: readPage(one('page'), notes),
    refresh: readRefresh(one('refresh'), notes),
  };
  const unknown = [...new Set(query.keys())].filter((name) => !names.includes(name));
  noteIgnored('parameter', unknown, `not one of ${names.join(', ')}`, notes);
  return { filter, notes };
}

function noteIgnored(what: string, texts: readonly string[], why: string, notes: string[]): void {
  for (const text of texts.slice(0, maxNamed)) {
    notes.push(
      `Ignored: ${what} ${text.length > maxShown ? `${text.slice(0, maxShown)}…` : text || 'without a name'} (${why})`,
    );
  }
  if (texts.length > maxNamed) notes.push(`Ignored: ${texts.length - maxNamed} more of the kind ${what} (${why})`);
}

function oneValue(query: URLSearchParams, name: string, notes: string[]): string | undefined {
  const [first, ...others] = query.getAll(name).filter((value) => value.trim() !== '');
  if (others.length > 0) notes.push(`The parameter ${name} is given more than once: only the first value is used.`);
  if (first === undefined || first.length <= maxLength) return first;
  notes.push(`The parameter ${name} is ignored: it is longer than ${maxLength} characters.`);
  return undefined;
}

function readSeverity(text: string | undefined, notes: string[]): Level | undefined {
  const known = levels.find((level) => level === text?.toLowerCase());
  if (text !== undefined && known === undefined) noteIgnored('severity', [text], `use ${levels.join(', ')}`, notes);
  return known;
}

function readLabels(texts: readonly string[], notes: string[]): Label[] {
  const given = [...new Set(texts)].filter((text) => text.trim() !== '');
  const short = given.filter((text) => text.length <= maxLabelLength);
  const labels = short.map((text) => {
    const colon = text.indexOf(':');
    return { text, name: text.slice(0, Math.max(0, colon)).trim(), value: text.slice(colon + 1).trim() };
  });
  const valid = labels.filter(({ name }) => name !== '');
  const long = given.filter((text) => text.length > maxLabelLength);
  noteIgnored('label', long, `longer than ${maxLabelLength} characters`, notes);
  const unnamed = labels.filter(({ name }) => name === '');
  noteIgnored(
    'label',
    unnamed.map(({ text }) => text),
    'write NAME:VALUE',
    notes,
  );
  if (valid.length > maxLabels) notes.push(`Only the first ${maxLabels} labels are used.`);
  return valid.slice(0, maxLabels).map(({ name, value }) => ({ name, value }));
}

function readPage(text: string | undefined, notes: string[]): number {
  if (text === undefined) return 1;
  const page = wholeNumber(text);
  if (page >= 1) return page;
  notes.push('The parameter page is ignored: it is not a page number.');
  return 1;
}

function readRefresh(text: string | undefined, notes: string[]): number {
  if (text === undefined) return defaultRefresh;
  if (text === 'off') return 0;
  const seconds = wholeNumber(text);
  if (seconds >= minRefresh && seconds <= maxRefresh) return seconds;
  notes.push(`The parameter refresh is ignored: use off, or ${minRefresh} to ${maxRefresh} seconds.`);
  return defaultRefresh;
}

/** NaN for anything but up to 15 digits. */
const wholeNumber = (text: string) => (/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN);

/** The query of a filter with changes, with a leading `?`; the page is the first one unless it is given. */
export function filterQuery(filter: Filter, changes: Partial<Filter> = {}): string {
  const changed = { ...filter, page: 1, ...changes };
  const query = new URLSearchParams();
  for (const name of [...textNames, 'severity'] as const) {
    const value = changed[name];
    if (value !== undefined) query.append(name, value);
  }
  for (const { name, value } of changed.labels) query.append('label', `${name}:${value}`);
  if (changed.page > 1) query.set('page', String(changed.page));
  if (changed.refresh !== defaultRefresh) query.set('refresh', changed.refresh === 0 ? 'off' : String(changed.refresh));
  return `?${query.toString()}`;
}

/** Whether the place of an instance or of a list passes the filter. */
export function matchesPlace(
  { provider, account, region }: Pick<Filter, 'provider' | 'account' | 'region'>,
  place: Pick<Instance, 'provider' | 'account' | 'region'>,
): boolean {
  return (
    (provider === undefined || place.provider === provider) &&
    (account === undefined || place.account === account) &&
    (region === undefined || place.region === region)
  );
}

/** Returns whether an instance passes the filter, its severity apart. */
export function createMatcher(filter: Filter): (instance: Instance) => boolean {
  const { labels, q } = filter;
  const text = q?.trim().toLowerCase();
  return (instance) =>
    matchesPlace(filter, instance) &&
    (text === undefined || [instance.name, instance.id].some((own) => own.toLowerCase().includes(text))) &&
    labels.every(({ name }) => {
      const own = Object.hasOwn(instance.labels, name) ? (instance.labels[name] ?? '') : '';
      return labels.some((label) => label.name === name && label.value === own.trim());
    });
}

/** One active part of a filter, in words, with the query without it. */
export interface ActivePart {
  text: string;
  queryWithout: string;
}

/** The active parts of a filter. */
export function activeParts(filter: Filter): ActivePart[] {
  const part = (name: string, value: string, changes: Partial<Filter>): ActivePart => ({
    text: `${name} ${value}`,
    queryWithout: filterQuery(filter, changes),
  });
  const { severity } = filter;
  return [
    ...textNames.flatMap((name) => {
      const value = filter[name];
      return value === undefined ? [] : part(name === 'q' ? 'name or id with' : name, value, { [name]: undefined });
    }),
    ...(severity === undefined ? [] : [part('severity', levelText(severity), { severity: undefined })]),
    ...filter.labels.map((label) =>
      part(`label ${label.name}:`, label.value || '(empty)', {
        labels: filter.labels.filter((other) => other !== label),
      }),
    ),
  ];
}
