// The chart below names that YAML reads as something else, and with null for each default. Rendered by the real helm.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { chart, findHelm } from './helm.ts';
import { fixtures, type KubernetesObject, template, workloadOf } from './rendered-chart.ts';

const helm = await findHelm();
const every = join(fixtures, 'every-setting.yaml');
const minimal = join(fixtures, 'good/minimal.yaml');
const operatorKinds = new Set(['ServiceMonitor', 'PrometheusRule', 'AlertmanagerConfig']);

/** The objects as a version of YAML reads them. */
const read = (text: string, version: '1.1' | '1.2') =>
  parseAllDocuments(text, { version }).map((document) => document.toJS() as KubernetesObject);

/** Paths of what Kubernetes wants to be a text and is not. */
function notTexts(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const here = `${path}.${key}`;
    const wanted =
      /^(name|namespace|image|serviceName|serviceAccountName|secretName|key|host)$/.test(key) ||
      /\.(labels|annotations|matchLabels|nodeSelector|data)$/.test(path) ||
      (path === '.spec.selector' && key !== 'matchLabels');
    if (wanted) return typeof inner === 'string' ? [] : [here];
    return notTexts(inner, here);
  });
}

describe.skipIf(helm === undefined)('below a name that looks like something else', () => {
  const names = ['1234', '1e3', 'true', 'on', 'null', '0x1f', '0o17', 'y', 'no', '1.5', '12e03', '2026-01-31'];

  it.each(names)('every template has texts where Kubernetes wants texts: %s', (name) => {
    const override = ['1234', 'on'].includes(name)
      ? [`--set-string=fullnameOverride=${name},nameOverride=${name}`]
      : [];
    const { status, stdout, stderr } = template(helm ?? '', every, override, { name, namespace: name });
    expect([status, stderr]).toEqual([0, '']);
    const objects = read(stdout, '1.1');
    expect(objects).toEqual(read(stdout, '1.2'));
    expect(objects.flatMap((object) => notTexts(object))).toEqual([]);
    for (const { metadata } of objects.filter(({ kind }) => !operatorKinds.has(kind))) {
      expect(metadata).toMatchObject({ namespace: name });
    }
    expect(workloadOf(objects).metadata.labels).toMatchObject({ 'app.kubernetes.io/instance': name });
  });

  it('the shards have texts, too', () => {
    const { stdout } = template(helm ?? '', every, ['--set=shards=2'], { name: '1234' });
    expect(read(stdout, '1.1').flatMap((object) => notTexts(object))).toEqual([]);
  });
});

/** The settings by path, with their defaults; resources and labels belong to the user as a whole. */
function settings(values: object, path = ''): [path: string, value: unknown][] {
  return Object.entries(values).flatMap(([key, value]: [string, unknown]) => {
    const here = `${path}${key}`;
    const inner = isMap(value) && !/^resources$|abels$/.test(here) ? settings(value, `${here}.`) : [];
    return [[here, value] as [string, unknown], ...inner];
  });
}

const isMap = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);
const isEmpty = (value: unknown) =>
  value === '' || (typeof value === 'object' && Object.keys(value ?? {}).length === 0);

describe.skipIf(helm === undefined)('null', () => {
  const defaults = settings(parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as object);
  const monitoring = ['serviceMonitor', 'prometheusRule', 'alertmanagerConfig', 'dashboards'];
  const parts = [...monitoring, 'networkPolicy', 'ingress', 'podDisruptionBudget'];
  const enabled = `--set=${parts.map((part) => `${part}.enabled=true`).join()}`;
  const closed = defaults.filter(([path, value]) => !isEmpty(value) && path !== 'runAsUser').map(([path]) => path);
  const empty = defaults.filter(([path, value]) => isEmpty(value) && path !== 'config').map(([path]) => path);

  it.each(closed)('is refused where it would remove a default: %s', (path) => {
    const { status, stderr } = template(helm ?? '', minimal, [enabled, `--set=${path}=null`]);
    expect([status, stderr]).toEqual([1, expect.stringContaining(`${path}: is null, which would remove the default`)]);
  });

  it('changes nothing where the default is empty', () => {
    const nulls = `--set=${empty.map((path) => `${path}=null`).join()}`;
    expect(template(helm ?? '', minimal, [enabled, nulls])).toEqual(
      expect.objectContaining({ status: 0, stdout: template(helm ?? '', minimal, [enabled]).stdout }),
    );
  });
});
