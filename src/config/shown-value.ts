// Decides which configured names and paths a message may show: any other text may be a secret in the wrong place.
import { looksRandom } from '../files/shown-name.ts';

/** Whether a text is the name of an environment variable by its look, e.g. `CLOUD_SECRET_KEY`. */
export function looksLikeVariable(text: string): boolean {
  return /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/.test(text) && text.length <= 100;
}

/**
 * Whether a text is a path by its look. One that does not begin with a folder, such as `/` or `./`, must consist of
 * names in lower case, as `keyfile` and `secrets/cloud-key.txt` do: a key can contain a slash.
 */
export function looksLikePath(text: string): boolean {
  if (text.length > 500 || !/^[\w.~@:/\\ -]+$/.test(text)) return false;
  const isAnchored = /^(?:~|\.{0,2}[/\\]|[A-Za-z]:[/\\])/.test(text);
  if (!isAnchored) return text.split('/').every((name) => plainName.test(name));
  return !text.split(/[^A-Za-z0-9]+/).some(looksRandom);
}

const plainName = /^\.{0,2}[a-z]{1,20}\d{0,2}(?:[._-][a-z]{0,20}\d{0,2}){0,8}$/;
