// Finds the place of settings that stand at a wrong level of the configuration.
import type * as z from 'zod';
import { keysAt, type Report, type ReportUnknown, unknownKey } from '../files/parse-part.ts';
import { didYouMean } from '../files/suggest.ts';
import type { Path } from '../files/yaml-document.ts';
import type { Provider } from '../model/provider.ts';
import { listText } from '../model/wording.ts';
import { accountSchema, instanceSchema, scrapeSchema, sections, thresholdsSchema } from './schema.ts';

/** Where each setting belongs: the level of the configuration, and the words for it. */
export type Places = ReadonlyMap<string, { level: string; words: string }>;

/** A key that several levels have belongs to the first of them. */
export function placesOf(providers: readonly Provider[]): Places {
  const places = new Map<string, { level: string; words: string }>();
  const add = (keys: readonly string[], level: string, words: string) => {
    for (const key of keys) if (!places.has(key)) places.set(key, { level, words });
  };
  add(sections, 'top', 'at the left margin');
  add(Object.keys(scrapeSchema.shape), 'scrape', 'under scrape');
  add(Object.keys(thresholdsSchema.shape), 'thresholds', 'under thresholds');
  for (const provider of providers) {
    add(Object.keys(accountSchema(provider).shape), 'accounts', 'in an account, under accounts.NAME');
  }
  add(Object.keys(instanceSchema.shape), 'instances', 'in an entry of the list instances');
  const addInner = (shape: z.core.$ZodShape, section: string, wordsOf: (name: string) => string) => {
    for (const [name, schema] of Object.entries(shape)) add(keysAt(schema, []), `${section}.${name}`, wordsOf(name));
  };
  const inAccount = (name: string) => `under ${name}${name in instanceSchema.shape ? '' : ' of an account'}`;
  for (const provider of providers) addInner(accountSchema(provider).shape, 'accounts', inAccount);
  addInner(instanceSchema.shape, 'instances', (name) => `under ${name} of an instance`);
  return places;
}

/** The level of a mapping. */
function levelOf([section = 'top', , inner]: Path): string {
  return inner === undefined ? String(section) : `${section}.${inner}`;
}

/** Reports unknown keys: those that belong to another level once for each place, with the place. */
export function unknownReporter(places: Places, report: Report): ReportUnknown {
  return (keys, known, path) => {
    const level = levelOf(path);
    const misplaced = new Map<string, string[]>();
    for (const key of keys) {
      const place = places.get(key);
      if (place?.level === level)
        report([...path, key], `unknown key for this provider; known here: ${known.join(', ')}`, 'key');
      else if (place === undefined || didYouMean(key, known) !== '')
        report([...path, key], unknownKey(key, known), 'key');
      else misplaced.set(place.words, [...(misplaced.get(place.words) ?? []), key]);
    }
    for (const [place, names] of misplaced) reportMisplaced(names, place, path, report);
  };
}

/** Reports keys at the first of them. */
export function reportMisplaced(names: readonly string[], place: string, path: Path, report: Report): void {
  const [first = ''] = names;
  const list = listText(names);
  report([...path, first], `misplaced: ${list} ${names.length === 1 ? 'belongs' : 'belong'} ${place}`, 'key');
}
