// Whether a stream shows colours, by the conventions of NO_COLOR and FORCE_COLOR.
import { WriteStream } from 'node:tty';

/** A terminal that has colours, unless NO_COLOR is set; with FORCE_COLOR, which comes first, any stream. */
export function showsColours(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env['FORCE_COLOR'] === undefined && stream.isTTY !== true) return false;
  const { NO_COLOR: none, ...others } = env;
  // Bits of a colour; reads both variables and TERM. An empty NO_COLOR counts as not set (no-color.org).
  return WriteStream.prototype.getColorDepth(none === '' ? others : env) > 1;
}
