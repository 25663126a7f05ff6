// What the rooms need of a logger; the program brings the real one.

/** Writes one line: a static message, and the data beside it. */
type Write = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** error: wakes someone. warn: something fails that may heal. info: rare and normal. debug: everything else. */
export interface Log {
  debug: Write;
  info: Write;
  warn: Write;
  error: Write;
}
