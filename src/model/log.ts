// The logger interface; implemented in commands/logger.ts.

/** Writes one line: a static message, and its data. */
type Write = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** error: needs a person. warn: a failure that may pass. info: rare and normal. debug: everything else. */
export interface Log {
  debug: Write;
  info: Write;
  warn: Write;
  error: Write;
}
