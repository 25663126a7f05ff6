// Whether a stream shows colours, by the conventions of NO_COLOR and FORCE_COLOR.
import { WriteStream } from 'node:tty';

/** A terminal that has colours, unless NO_COLOR is set; with FORCE_COLOR, which comes first, any stream. */
export function showsColours(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env['FORCE_COLOR'] === undefined && stream.isTTY !== true) return false;
  // Bits of a colour; reads both variables and TERM.
  return WriteStream.prototype.getColorDepth(env) > 1;
}
