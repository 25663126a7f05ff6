// What only the page of this provider has: policies in the form of Tencent Cloud.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jsonBlocks, sectionsOf } from '../../../support/markdown.ts';

interface Policy {
  statement: { effect: string; action: string | string[]; resource?: string[]; principal?: object }[];
}

const page = readFileSync(resolve(import.meta.dirname, '../../../../docs/providers/tencent_postgres.md'), 'utf8');

/** The statements of the policies of a section. */
function statementsIn(section: string) {
  const policies = jsonBlocks(sectionsOf(page).get(section) ?? '') as Policy[];
  return policies.flatMap(({ statement }) => statement);
}

describe('docs/providers/tencent_postgres.md', () => {
  it('allows its actions on instances alone', () => {
    const statements = statementsIn('Policy');
    expect(statements).toHaveLength(1);
    for (const { effect, resource } of statements) {
      expect(effect).toBe('allow');
      for (const one of resource ?? ['none']) expect(one).toMatch(/^qcs::postgres:[a-z-]*:uin\/\d+:DBInstanceId\/\S+$/);
    }
  });

  it('has trust policies for a pod and for a machine, neither for everybody', () => {
    const trust = statementsIn('Roles instead of keys');
    expect(trust.map(({ action }) => action)).toEqual(['name/sts:AssumeRoleWithWebIdentity', 'name/sts:AssumeRole']);
    for (const { principal } of trust) expect(JSON.stringify(principal)).not.toContain('*');
  });

  it('has for a role the trust policy, and the policy of the key that assumes nothing but listed roles', () => {
    const [trust, key] = statementsIn('A role of another account');
    expect([trust?.action, key?.action]).toEqual(['name/sts:AssumeRole', ['name/sts:AssumeRole']]);
    expect(JSON.stringify([trust?.principal, key?.resource])).not.toContain('*');
    const configured =
      sectionsOf(page)
        .get('A role of another account')
        ?.matchAll(/role_arn: (\S+)/g) ?? [];
    expect(key?.resource).toEqual([...configured].map(([, arn]) => arn));
  });
});
