// `thresholds:` and `accept:`: their values, problems and warnings.
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../src/files/yaml-document.ts';
import { instanceFindings } from '../../src/model/finding.ts';
import { defaultThresholds } from '../../src/model/thresholds.ts';
import { accept, validate } from './validation.ts';

const dayMs = 86_400_000;
const account = 'accounts: { ob: { provider: oceanbase, project_id: "1" } }';
const withThresholds = (text: string) => `thresholds: ${text}\n${account}\ninstances: [{ id: ob1 }]\n`;
const withAccept = (text: string) => `${account}\ninstances: [{ id: ob1, accept: ${text} }]\n`;
const problemsOf = async (text: string) => (await validate(text)).problems?.map(({ path, message }) => [path, message]);

describe('thresholds', () => {
  it.each(['', '{}'])('have defaults: %j', async (text) => {
    expect((await accept(withThresholds(text))).thresholds).toEqual(defaultThresholds);
    expect((await accept(`${account}\ninstances: [{ id: ob1 }]`)).thresholds).toEqual(defaultThresholds);
  });

  it('are durations, each with its own default', async () => {
    const { thresholds } = await accept(withThresholds('{ certificate_warning: 6w, ca_critical: 12h, key_age: 2y }'));
    expect(thresholds).toEqual({
      ...defaultThresholds,
      certificateWarning: 42 * dayMs,
      caCritical: dayMs / 2,
      keyAge: 730 * dayMs,
    });
  });

  it.each([
    ['{ certificate_warning: 5d }', 'thresholds', /certificate_warning must be at least certificate_critical/],
    ['{ ca_critical: 200d }', 'thresholds', /ca_warning must be at least ca_critical/],
    ['{ certificate_warning: 30 }', 'thresholds.certificate_warning', /duration with a unit/],
    ['{ key_age: -1d }', 'thresholds.key_age', /duration/],
    ['{ certificate_waring: 30d }', 'thresholds.certificate_waring', /did you mean certificate_warning/],
    ['[30d]', 'thresholds', /must be a mapping/],
  ])('%s is a problem', async (text, path, message) => {
    expect(await problemsOf(withThresholds(text))).toEqual([[path, expect.stringMatching(message)]]);
  });

  it('at the left margin are misplaced', async () => {
    expect(await problemsOf(`key_age: 1d\n${account}`)).toEqual([
      ['key_age', expect.stringContaining('under thresholds')],
    ]);
  });
});

describe('accept', () => {
  it('can be empty', async () => {
    expect((await accept(withAccept('~'))).instances[0]?.accept).toBeUndefined();
  });

  it('is a finding, its last second and the reason', async () => {
    const { instances, warnings } = await accept(
      withAccept(
        '[{ finding: ssl_disabled, until: 2099-02-28, reason: "SEC-42" }, { finding: key_old, until: "2096-02-29", reason: x }]',
      ),
    );
    expect(instances[0]?.accept).toEqual([
      { finding: 'ssl_disabled', untilMs: Date.UTC(2099, 1, 28, 23, 59, 59), reason: 'SEC-42' },
      { finding: 'key_old', untilMs: Date.UTC(2096, 1, 29, 23, 59, 59), reason: 'x' },
    ]);
    expect(warnings).toEqual([]);
  });

  it.each(instanceFindings)('can be %s', async (finding) => {
    const { instances } = await accept(withAccept(`[{ finding: ${finding}, until: 2099-01-31, reason: x }]`));
    expect(instances[0]?.accept?.map((one) => one.finding)).toEqual([finding]);
  });

  it.each<[text: string, path: string, message: RegExp]>([
    ['[{ finding: ssl_disabled }]', 'accept[0].until', /^is required: the last day/],
    ['[{ until: 2099-01-31 }]', 'accept[0].finding', /^must be one of ssl_disabled, /],
    ['[{ finding: ssl_disable, until: 2099-01-31 }]', 'accept[0].finding', /did you mean ssl_disabled\?/],
    ['[{ finding: account_blind, until: 2099-01-31 }]', 'accept[0].finding', /^must be one of/],
    [
      '[{ finding: key_old, until: 2099-02-29 }]',
      'accept[0].until',
      /^there is no such day; must be a day such as 2027-01-31/,
    ],
    ['[{ finding: key_old, until: 31.01.2099 }]', 'accept[0].until', /must be a day such as/],
    ['[{ finding: key_old, until: 2099-01-31T10:00:00Z }]', 'accept[0].until', /must be a day such as/],
    ['[{ finding: key_old, until: 2099 }]', 'accept[0].until', /must be a day such as/],
    ['[{ finding: key_old, until: never }]', 'accept[0].until', /must be a day such as/],
    [
      '[{ finding: key_old, until: 2099-01-31, why: x }]',
      'accept[0].(not a name)',
      /unknown key; known here: finding, until, reason/,
    ],
    ['[{ finding: key_old, until: 2099-01-31, reason: [a] }]', 'accept[0].reason', /must be a string, not a list/],
    ['key_old', 'accept', /must be a list, not a text/],
    [
      '[{ finding: key_old, until: 2099-01-31 }, { finding: key_old, until: 2098-01-31 }]',
      'accept[1].finding',
      /key_old is accepted twice/,
    ],
  ])('%s is a problem', async (text, path, message) => {
    expect(await problemsOf(withAccept(text))).toEqual([[`instances[0].${path}`, expect.stringMatching(message)]]);
  });

  it.each<[text: string, path: string, warning: RegExp]>([
    ['[{ finding: key_old, until: 2020-01-31, reason: x }]', 'accept[0].until', /this day is over/],
    ['[{ finding: key_old, until: 2099-01-31 }]', 'accept[0]', /has no reason/],
  ])('%s is valid, with a warning', async (text, path, warning) => {
    const { warnings } = await accept(withAccept(text));
    expect(warnings.map(formatProblem)).toEqual([expect.stringMatching(warning)]);
    expect(warnings.map((one) => one.path)).toEqual([`instances[0].${path}`]);
  });
});
