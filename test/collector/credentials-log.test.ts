import { expect, it } from 'vitest';
import { logCredentials } from '../../src/collector/credentials-log.ts';
import { Failure } from '../../src/model/failure.ts';

it('has the stack of an unexpected error of a renewal, and none of a failure of the source', () => {
  const lines: unknown[] = [];
  const note = (_message: string, fields?: object) => lines.push(fields);
  const log = { debug: note, info: note, warn: note, error: note };
  const fault = new TypeError('fault');
  for (const failure of [
    new Failure('internal', 'CVM role: unexpected error', { cause: fault }),
    new Failure('credentials', 'CVM role: HTTP status 500', { cause: fault }),
  ]) {
    const found = { values: {}, failure };
    logCredentials(log, { provider: 'p', account: 'a' }, { values: {} }, found);
  }

  expect(lines).toMatchObject([{ stack: fault.stack }, { error: 'CVM role: HTTP status 500' }]);
  expect(lines[1]).not.toHaveProperty('stack');
});
