// The files of the Helm chart, as far as they can be looked at without helm; test/peers/helm.test.ts renders it.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = resolve(import.meta.dirname, '../..');
const chart = join(root, 'deploy/helm/clouddb-encryption-exporter');
const read = (path: string) => readFileSync(join(chart, path), 'utf8');
const values = parse(read('values.yaml')) as Record<string, unknown>;
const schema = JSON.parse(read('values.schema.json')) as Record<string, unknown>;

/** Paths of all settings, `a.b.c`; what people fill freely counts as one. */
function paths(value: unknown, path: readonly string[] = []): string[][] {
  const entries = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  const ownNames = /labels$|resources$|SecurityContext$|Probe$|strategy$/.test(path.at(-1) ?? '');
  if (entries.length === 0 || ownNames) return [[...path]];
  return entries.flatMap(([key, inner]) => paths(inner, [...path, key]));
}

describe('the chart', () => {
  it('is of the version of the program', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(parse(read('Chart.yaml'))).toMatchObject({ version, appVersion: version });
  });

  it('has defaults that its schema accepts', () => {
    const validate = new Ajv({ strict: false }).compile(schema);
    validate(values);
    expect(validate.errors).toBeNull();
  });

  it('shows every setting in values.yaml, and its schema knows each', () => {
    const known = Object.keys(schema['properties'] as object);
    expect(Object.keys(values).toSorted()).toEqual(known.toSorted());
  });

  it('has no setting that does nothing', () => {
    const templates = readdirSync(join(chart, 'templates')).map((name) => read(`templates/${name}`));
    const used = templates.join('\n');
    const idle = paths(values).filter((path) => !path.every((key) => new RegExp(`[."]${key}\\b`).test(used)));
    expect(idle).toEqual([]);
  });

  it('has a schema in which helm understands every pattern: Go knows no look-around', () => {
    expect(read('values.schema.json')).not.toMatch(/"pattern": ".*\(\?[!=<]/);
  });

  it('restarts no pod that takes minutes to read a large configuration', () => {
    const { periodSeconds = 0, failureThreshold = 0 } = values['startupProbe'] as Record<string, number>;
    expect(periodSeconds * failureThreshold).toBeGreaterThanOrEqual(120);
  });

  it('mounts the configuration where the image looks for it, as the user of the image', () => {
    const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
    const folder = /^WORKDIR (\/etc\S+)$/m.exec(dockerfile)?.[1];
    expect(read('templates/_pod.tpl')).toContain(`mountPath: ${folder}\n`);
    expect(dockerfile).toContain(`USER ${String(values['runAsUser'])}:`);
    expect(dockerfile).toContain(`EXPOSE ${String(values['port'])}`);
  });
});
