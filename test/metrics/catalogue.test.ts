// The catalogue of families: names, help texts, facts and reserved labels.
import { describe, expect, it } from 'vitest';
import {
  type Family,
  instanceFamilies,
  lastingFamilies,
  reservedLabels,
  stateFamilies,
} from '../../src/metrics/catalogue.ts';
import { factNames } from '../../src/model/facts.ts';
import { providers } from '../../src/providers/index.ts';

describe('the catalogue', () => {
  const families = [instanceFamilies, stateFamilies, lastingFamilies].flatMap((group) => Object.values(group));

  it('has families of one prefix, each once, with help texts that both formats can carry', () => {
    expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
    for (const { name, help, type } of families) {
      expect(name).toMatch(/^clouddb_[a-z_]+$/);
      expect(help).toMatch(/^[^"\\\n]+\.$/);
      expect(name.endsWith('_total')).toBe(type === 'counter');
    }
  });

  it('names no provider: which one reports a fact is data of the providers', () => {
    const vendors = new RegExp(providers.map(({ id }) => id.split('_')[0]).join('|'), 'i');
    for (const family of families) expect(JSON.stringify(family)).not.toMatch(vendors);
  });

  it('has a family for every fact', () => {
    const written = new Set(Object.values<Family>(instanceFamilies).flatMap(({ facts = [] }) => facts));
    expect([...written].toSorted()).toEqual(factNames.toSorted());
  });

  it('reserves every label name of its families, and of those to come', () => {
    for (const name of [
      'provider',
      'instance_id',
      'certificate',
      'key_id',
      'check',
      'engine',
      'reason',
      'action',
      'version',
      'finding',
      'tenant_id',
      'tenant_name',
      'cipher',
      'engine_version',
    ]) {
      expect(reservedLabels).toContain(name);
    }
  });
});
