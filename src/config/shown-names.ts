// Which keys of a configuration a message may show: one that is no name of the format may be a secret.
import { looksLikeName } from '../files/shown-name.ts';
import { didYouMean } from '../files/suggest.ts';
import type { ShowsName } from '../files/yaml-document.ts';
import type { Provider } from '../model/provider.ts';
import { placesOf } from './misplaced.ts';

/** Names that are compared with those of the format at most; all others are hidden. */
const maxCompared = 1000;

/**
 * Shows the names of the format, what is close to one of them, and the names of accounts, labels and tags that do not
 * look like a secret.
 */
export function shownNames(providers: readonly Provider[]): ShowsName {
  let words: string[] | undefined;
  const known = new Map<string, boolean>();
  return (name, path, index) => {
    const isTag = index === 4 && path[2] === 'discovery' && path[3] === 'tags';
    const isFree = isTag || (index === 1 && path[0] === 'accounts') || (index === 3 && path[2] === 'labels');
    if (isFree && looksLikeName(name)) return true;
    words ??= [...placesOf(providers).keys(), '<<'];
    const shown = known.get(name) ?? (known.size < maxCompared && isCloseTo(name, words));
    if (known.size < maxCompared) known.set(name, shown);
    return shown;
  };
}

const isCloseTo = (name: string, words: readonly string[]) =>
  words.includes(name) || (/^[\w.@*-]+$/.test(name) && didYouMean(name, words) !== '');
