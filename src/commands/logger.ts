// The logger on pino: logfmt or JSON lines on stderr.
import { type DestinationStream, pino } from 'pino';
import type { Log } from '../model/log.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export const logFormats = ['logfmt', 'json'] as const;

/** Level and format of the log. */
export interface LogSettings {
  level: (typeof logLevels)[number];
  format: (typeof logFormats)[number];
}

/** @param write receives one line with its line end */
export function createLogger({ level, format }: LogSettings, write: (line: string) => void): Log {
  const destination: DestinationStream = {
    write: (line) => write(format === 'json' ? line : `${toLogfmt(JSON.parse(line) as Record<string, unknown>)}\n`),
  };
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'msg',
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
  };
}

/** `ts=… level=… msg="…" key=value`: values are quoted where necessary, msg always. */
function toLogfmt({ ts, level, msg, ...fields }: Record<string, unknown>): string {
  const parts = [`ts=${String(ts)}`, `level=${String(level)}`, `msg=${JSON.stringify(msg)}`];
  for (const [key, value] of Object.entries(fields)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    parts.push(`${key}=${/^[^\s"=\\\p{Cc}]+$/u.test(text) ? text : JSON.stringify(text)}`);
  }
  return parts.join(' ');
}
