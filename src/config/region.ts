// Validates a region against those of its provider.
import type { Report } from '../files/parse-part.ts';
import { closestWord, didYouMean } from '../files/suggest.ts';
import type { Path } from '../files/yaml-document.ts';
import type { Provider } from '../model/provider.ts';

/**
 * Reports an invalid region; warns of one that is not known here: a cloud opens new ones.
 * @param at place of the region
 */
export function checkRegion(
  region: string,
  { id, regions = [] }: Pick<Provider, 'id' | 'regions'>,
  at: Path,
  { report, warn }: { report: Report; warn: Report },
): void {
  if (regions === 'any') {
    if (!hostLabel.test(region)) report(at, 'must be a region: letters, digits and - only');
  } else if (regions.includes(region)) return;
  else if (regionLike.test(region)) {
    const nearest = closestWord(region, regions);
    warn(at, `not a region of ${id} that is known here: check its spelling; the nearest known one is ${nearest}`);
  } else {
    const suggestion = didYouMean(region, regions);
    report(at, `must be a region of ${id}${suggestion === '' ? `: ${regions.join(', ')}` : suggestion}`);
  }
}

/** A region can become a part of the API's host name. */
const hostLabel = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** Regions are named after their part of the world; the cloud opens new ones. */
const regionLike = /^[a-z]{2}(?:-[a-z0-9]+)+$/;
