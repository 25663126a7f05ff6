import { describe, expect, it } from 'vitest';
import { dashboardFiles } from '../../grafana/src/dashboards.ts';
import { rateLimits } from '../../grafana/src/rate-limits.ts';
import type { Provider } from '../../src/model/provider.ts';
import { providers } from '../../src/providers/index.ts';
import { type Dashboard, queriesOf } from '../support/dashboards.ts';
import { madeUpCheck, madeUpProvider } from '../support/made-up-provider.ts';

const shared = { action: 'DescribeSSL', perSecond: 20 };

/** Two products with an action of the same name, and limits of every kind. */
const twoProducts: readonly Provider[] = [
  madeUpProvider('north_pg', {
    checks: [madeUpCheck('ssl', shared), madeUpCheck('tls', {}), madeUpCheck('kms', { action: 'GET /v1/keys?x' })],
    perSecond: 5,
    list: { action: 'DescribeInstances', perSecond: 7, read: () => Promise.resolve({ items: [], pages: 1 }) },
  }),
  madeUpProvider('north_my', { checks: [madeUpCheck('ssl', shared)] }),
];

/** The exporter dashboard of these providers. */
function exporterBoard(of: readonly Provider[]): Dashboard {
  return JSON.parse(dashboardFiles(of)['grafana/dashboards/clouddb-exporter.json'] ?? '') as Dashboard;
}

const selected = 'instance=~"$exporter", provider=~"$provider", account=~"$account"';
const rate = (matchers: string) =>
  `(rate(clouddb_exporter_api_requests_total{${selected}, ${matchers}}[$__rate_interval]))`;

describe('rate limits', () => {
  it('exist for each action with its own limit, and for all others of a provider', () => {
    expect(rateLimits(twoProducts).map(({ variable, limit }) => [variable, limit])).toEqual([
      ['limit_north_pg_DescribeSSL', 20],
      ['limit_north_pg_DescribeInstances', 7],
      ['limit_north_pg', 5],
      ['limit_north_my_DescribeSSL', 20],
    ]);
  });

  it('are compared only with the calls of that provider and action', () => {
    expect(rateLimits(twoProducts).map((limit) => limit.rate)).toEqual([
      `sum by (provider, account, action) ${rate('provider="north_pg", action="DescribeSSL"')}`,
      `sum by (provider, account, action) ${rate('provider="north_pg", action="DescribeInstances"')}`,
      `sum by (provider, account) ${rate('provider="north_pg", action!~"DescribeSSL|DescribeInstances"')}`,
      `sum by (provider, account, action) ${rate('provider="north_my", action="DescribeSSL"')}`,
    ]);
  });

  it('have unique variable names of letters, digits and _', () => {
    const actions = ['GET /v1/{id}', 'GET /v1/<id>', 'x_y'].map((action, index) =>
      madeUpCheck(`c${index}`, { action, perSecond: 1 }),
    );
    const names = rateLimits([
      madeUpProvider('a', { checks: actions }),
      madeUpProvider('a_x', { checks: [madeUpCheck('y', { action: 'y', perSecond: 1 })] }),
    ]).map(({ variable }) => variable);
    for (const name of names) expect(name).toMatch(/^limit_\w+$/);
    expect(new Set(names).size).toBe(4);
  });

  it('exclude an action whose name has regular expression characters', () => {
    const checks = [madeUpCheck('a', { action: 'GET /a.b|c', perSecond: 1 }), madeUpCheck('b', { action: 'B' })];
    const [, common] = rateLimits([madeUpProvider('a', { checks, perSecond: 2 })]);
    expect(common?.rate).toContain(String.raw`action!~"GET /a\\.b\\|c"`);
  });

  it.each([
    { of: 'two products with an action of the same name', board: exporterBoard(twoProducts), limits: 4 },
    { of: 'the providers', board: exporterBoard(providers), limits: rateLimits(providers).length },
  ])('make variables of $of that are unique and all used', ({ board, limits }) => {
    const names = board.templating.list.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
    const ofLimits = names.filter((name) => name.startsWith('limit_'));
    expect(ofLimits).toHaveLength(limits);
    const queries = queriesOf(board).map(({ target }) => target.expr);
    for (const name of ofLimits) {
      expect(queries.filter((expr) => new RegExp(String.raw`\$${name}\b`).test(expr))).toHaveLength(2);
    }
  });
});
