// docs/security.md: the policy that people copy asks for what the code calls, no more and no less.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tencentPostgres } from '../src/providers/tencent/postgres/provider.ts';

const file = resolve(import.meta.dirname, '../docs/security.md');
const page = readFileSync(file, 'utf8');

interface Policy {
  version: string;
  statement: { effect: string; action: string | string[]; resource?: string[]; principal?: object }[];
}

const policies = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text = '']) => JSON.parse(text) as Policy);
const called = Object.values(tencentPostgres.checks).map(({ action }) => `postgres:${action}`);

describe('docs/security.md', () => {
  it('grants exactly the actions that the provider calls, on instances alone', () => {
    const statement = policies[0]?.statement ?? [];
    expect(statement.flatMap(({ action }) => action).toSorted()).toEqual(called.toSorted());
    for (const { effect, resource } of statement) {
      expect(effect).toBe('allow');
      for (const one of resource ?? ['none']) expect(one).toMatch(/^qcs::postgres:[a-z-]*:uin\/\d+:DBInstanceId\/\S+$/);
    }
  });

  it('says of each check which action it needs', () => {
    for (const [check, { action }] of Object.entries(tencentPostgres.checks)) {
      expect(page).toContain(`| \`${check}\` | \`postgres:${action}\` |`);
    }
  });

  it('has trust policies for a pod and for a machine, neither for everybody', () => {
    const trust = policies.slice(1).flatMap(({ statement }) => statement);
    expect(trust.map(({ action }) => action)).toEqual(['name/sts:AssumeRoleWithWebIdentity', 'name/sts:AssumeRole']);
    for (const { principal } of trust) expect(JSON.stringify(principal)).not.toContain('*');
  });

  it('links to what is there', () => {
    const links = [...page.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, path = '']) => path);
    for (const path of links.filter((link) => !link.startsWith('https://'))) {
      expect([path, existsSync(join(dirname(file), path))]).toEqual([path, true]);
    }
    const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text.toLowerCase().replaceAll(' ', '-'));
    for (const [, anchor] of page.matchAll(/\]\(#([^)]+)\)/g)) expect(headings).toContain(anchor);
  });
});
