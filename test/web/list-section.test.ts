// Lists of instances on the status page.
import { describe, expect, it } from 'vitest';
import type { Knowledge, ListState } from '../../src/model/knowledge.ts';
import { textOf } from '../../src/web/html.ts';
import { statusPage } from '../../src/web/status-page.ts';
import { listOf } from '../support/lists.ts';
import { known, modelOf, nowMs } from './made-up-fleet.ts';

async function page(fleet: readonly Knowledge[], lists: readonly ListState[], query = ''): Promise<string> {
  return textOf((await statusPage(modelOf(fleet, { lists }), new URLSearchParams(query))).page);
}

/** The text of the section of lists. */
const sectionOf = (html: string) =>
  (/<details.*?<\/details>/s.exec(html)?.[0] ?? '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

const minutesAgo = (minutes: number) => nowMs - minutes * 60_000;
const complete = (region: string, found: number) => listOf(nowMs, { region, found, lastSuccessMs: minutesAgo(2) });
const failing = (region: string, minutes: number, others: Partial<ListState> = {}) =>
  listOf(nowMs, { region, reason: 'permission', failingSinceMs: minutesAgo(minutes), ...others });

describe('lists on the status page', () => {
  it('are not there where no account has discovery', async () => {
    expect(await page([known('one')], [])).not.toContain('<details');
  });

  it('are folded while all are complete, with what they found', async () => {
    const html = await page([known('one')], [complete('r-1', 3), complete('r-2', 1)]);
    expect(html).toContain('<details class="lists">');
    expect(sectionOf(html)).toMatch(/^Discovery: 4 instances found in 2 lists Found: instances /);
    expect(sectionOf(html)).toContain('main p r-1 3 complete 2 min ago');
  });

  it('that fail are first, with reason and age, and unfold the section', async () => {
    const lists = [
      complete('r-1', 3),
      failing('r-2', 5, { found: 7, lastSuccessMs: minutesAgo(6) }),
      failing('r-3', 5),
    ];
    const html = await page([known('one')], lists);
    expect(html).toContain('<details class="lists" open>');
    const text = sectionOf(html);
    expect(text).toMatch(/^Discovery: 10 instances found in 3 lists, 2 cannot be read/);
    expect(text.indexOf('r-2')).toBeLessThan(text.indexOf('r-1'));
    expect(text).toMatch(/r-2 7 warning HTTP status 1 For 5 min; permission: .* Last complete 6 min ago\./);
    expect(text).toMatch(/r-3 not known warning .* There has been no complete list since the exporter was started\./);
  });

  it('that have failed for long have a notice with the runbook', async () => {
    const short = failing('r-2', 59, { lastSuccessMs: minutesAgo(60) });
    expect(await page([known('one')], [short])).not.toContain('class="notice');
    const html = await page(
      [known('one')],
      [failing('r-2', 70, { lastSuccessMs: minutesAgo(71) }), failing('r-3', 20)],
    );
    expect(html.match(/class="notice warning"/g)).toHaveLength(2);
    expect(html).toContain('runbooks/CloudDBDiscoveryFailing.md');
    expect(html).toContain('runbooks/CloudDBDiscoveryNeverSucceeded.md');
  });

  it('follow the filter by account and region', async () => {
    const lists = [complete('r-1', 3), { ...complete('r-1', 5), account: 'other' }, complete('r-2', 9)];
    expect(sectionOf(await page([known('one')], lists, 'account=main&region=r-1'))).toMatch(/^Discovery: 3 instances/);
    expect(sectionOf(await page([known('one')], lists, 'account=none'))).toBe('');
  });

  it('without a result: nothing is known yet, which is not the same as nothing watched', async () => {
    const pending = await page([], [listOf(nowMs, { last: undefined })]);
    expect(pending).toContain('<title>No instance is known yet');
    expect(sectionOf(pending)).toContain('Discovery: 0 instances found in 1 list, 1 not read yet');
    expect(pending).not.toContain('Nothing is watched');
    expect(await page([], [complete('r-1', 0)])).toContain('<title>Nothing is watched');
  });

  it('show at most a hundred, and ten notices', async () => {
    const many = Array.from({ length: 150 }, (_, index) => failing(`r-${index}`, 60));
    const html = await page([known('one')], many);
    expect(sectionOf(html)).toContain('100 of 150 lists, those that cannot be read first.');
    expect(html.match(/class="notice warning"/g)).toHaveLength(11);
    expect(html).toContain('140 more lists of instances cannot be read, either.');
  });
});
