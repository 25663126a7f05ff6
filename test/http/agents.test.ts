import { describe, expect, it } from 'vitest';
import { createAgentPool } from '../../src/http/agents.ts';
import { testCa } from '../support/proxy.ts';

describe('the agents for a set of certificates', () => {
  it('stay while they are used, however many other sets there have been', () => {
    const pool = createAgentPool(
      () => undefined,
      () => Promise.reject(new Error('no connection is opened')),
    );
    const own = pool.agentsFor({ ca: testCa });
    const ofSystem = pool.agentsFor({});
    const first = pool.agentsFor({ ca: `${testCa}\n0` });
    for (let version = 1; version < 200; version++) {
      pool.agentsFor({ ca: `${testCa}\n${version}` });
      expect(pool.agentsFor({ ca: testCa })).toBe(own);
    }

    expect(pool.agentsFor({})).toBe(ofSystem);
    expect(pool.agentsFor({ ca: `${testCa}\n0` })).not.toBe(first);
    pool.destroy();
  });
});
