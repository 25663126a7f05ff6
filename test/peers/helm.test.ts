// The values files of test/deploy/helm, rendered by helm: a valid one gives consistent objects that the program accepts, an
// invalid one is refused with a message that names the key.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { providers } from '../../src/providers/index.ts';
import { createFolder, runProgram } from '../support/exporter-process.ts';
import { chart, findHelm } from './helm.ts';
import { loadKubernetesSchemas } from './kubernetes-schemas.ts';
import { outputOf } from './peer.ts';
import {
  containerOf,
  createReleases,
  fixtures,
  mountSecrets,
  only,
  podOf,
  secret,
  secretEnvironment,
  template,
} from './rendered-chart.ts';

/** As a JSON Schema error lists the values of an enumeration. */
const quoted = (names: readonly string[]) => [...new Set(names)].map((name) => JSON.stringify(name)).join(', ');

const names = (folder: string) =>
  readdirSync(join(fixtures, folder))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => basename(name, '.yaml'));
const good = names('good');
const text = (name: string) => readFileSync(join(fixtures, 'good', `${name}.yaml`), 'utf8');
const withConfig = good.filter((name) => 'config' in (parse(text(name)) as object));

const rolePage = readFileSync(join(chart, '../../../docs/providers/tencent_postgres.md'), 'utf8');

const helm = await findHelm();
const release = createReleases(helm ?? '');
const validate = helm === undefined ? undefined : await loadKubernetesSchemas();
let folder: Awaited<ReturnType<typeof createFolder>>;
beforeAll(async () => {
  folder = await createFolder();
});
afterAll(() => folder.remove());

describe.skipIf(helm === undefined)('a valid values file', () => {
  it('is nothing that helm lint complains about', () => {
    const files = good.map((name) => join(fixtures, 'good', `${name}.yaml`));
    for (const file of files) {
      const output = outputOf(helm ?? '', ['lint', '--strict', chart, '--kube-version=1.31.0', '--values', file]);
      expect(output).toContain('0 chart(s) failed');
    }
  });

  it.each(good)('has pods of the Pod Security Standard "restricted": %s', (name) => {
    const { spec } = podOf(release(name));
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    for (const key of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers']) expect(spec).not.toHaveProperty(key);
    expect(spec.containers).toHaveLength(1);
    expect(spec.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    for (const volume of spec.volumes) expect(volume).not.toHaveProperty('hostPath');
  });

  it.each(good)('mounts whole secrets, read-only and only for its group: %s', (name) => {
    const { volumes, containers } = podOf(release(name)).spec;
    for (const { secret: source, projected } of volumes) {
      expect([0o440, undefined]).toContain((source ?? projected)?.defaultMode);
    }
    for (const mount of containers[0].volumeMounts) {
      expect(mount).toMatchObject({ readOnly: true });
      expect(mount).not.toHaveProperty('subPath');
    }
    const mounted = containers[0].volumeMounts.map((mount) => mount.name);
    expect(mounted.toSorted()).toEqual(volumes.map((volume) => volume.name).toSorted());
  });

  it.each(good)('has selectors that match its pods: %s', (name) => {
    const objects = release(name);
    const { labels } = podOf(objects).metadata;
    const found = {
      Service: (spec: { selector: object }) => spec.selector,
      Deployment: (spec: { selector: { matchLabels: object } }) => spec.selector.matchLabels,
      StatefulSet: (spec: { selector: { matchLabels: object } }) => spec.selector.matchLabels,
      PodDisruptionBudget: (spec: { selector: { matchLabels: object } }) => spec.selector.matchLabels,
      NetworkPolicy: (spec: { podSelector: { matchLabels: object } }) => spec.podSelector.matchLabels,
    };
    const selectors = objects.flatMap(({ kind, spec }) =>
      kind in found ? [found[kind as keyof typeof found](spec as never)] : [],
    );
    expect(selectors.length).toBeGreaterThanOrEqual(2);
    for (const selector of selectors) {
      expect(Object.keys(selector)).not.toEqual([]);
      expect(labels).toMatchObject(selector);
    }
    const monitor = objects.find(({ kind }) => kind === 'ServiceMonitor')?.spec as
      | { selector: { matchLabels: object } }
      | undefined;
    expect(only(objects, 'Service').metadata.labels).toMatchObject(monitor?.selector.matchLabels ?? {});
  });

  it.each(good)('has names and labels that are valid in Kubernetes: %s', (name) => {
    for (const { metadata } of release(name)) {
      expect(metadata.name).toMatch(/^[a-z0-9][a-z0-9-]{0,62}$/);
      for (const label of Object.values(metadata.labels)) expect(label).toMatch(/^[\w.-]{1,63}$/);
    }
  });

  it.each(good)('has the namespace of the release in each object: %s', (name) => {
    for (const { kind, metadata } of release(name)) {
      expect([kind, metadata]).toEqual([kind, expect.objectContaining({ namespace: 'monitoring' })]);
    }
  });

  it.each(good)('refers only to Secrets that exist, and uses all: %s', (name) => {
    const objects = release(name);
    const { volumes, containers } = podOf(objects).spec;
    const named = [
      ...volumes.flatMap((volume) => volume.secret?.secretName ?? []),
      ...(containers[0].envFrom ?? []).map((source) => source.secretRef.name),
    ];
    const brought = objects.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name);
    for (const one of named) expect(brought.includes(one) || text(name).includes(` ${one}`), one).toBe(true);
    expect(named).toEqual(expect.arrayContaining(brought));
    for (const { secret: source } of volumes) {
      const content = source && secret(objects, source.secretName);
      for (const { key } of (content && source.items) ?? []) expect(Object.keys(content ?? {})).toContain(key);
    }
  });

  it.each(good)('uses the same ports everywhere: %s', (name) => {
    const objects = release(name);
    const { args, ports, startupProbe, livenessProbe, readinessProbe } = containerOf(objects);
    const [metrics, probe] = ports as [Port, Port];
    expect(args).toContain(`--web.listen-address=:${metrics.containerPort}`);
    expect(args).toContain(`--web.probe-listen-address=:${probe.containerPort}`);
    expect(only<{ ports: object[] }>(objects, 'Service').spec.ports).toEqual([
      { name: metrics.name, port: metrics.containerPort, targetPort: metrics.name },
    ]);
    expect(startupProbe.httpGet).toEqual({ path: '/-/healthy', port: probe.name });
    expect(livenessProbe.httpGet).toEqual({ path: '/-/healthy', port: probe.name });
    expect(readinessProbe.httpGet).toEqual({ path: '/-/ready', port: probe.name });
    for (const { kind, spec } of objects) {
      if (kind === 'ServiceMonitor') {
        expect(spec).toMatchObject({ endpoints: [{ port: metrics.name, scheme: metrics.name }] });
      }
      if (kind === 'NetworkPolicy') {
        const open = (spec as { ingress: { ports: { port: number }[] }[] }).ingress.flatMap((rule) => rule.ports);
        expect(open.map(({ port }) => port)).toEqual([metrics.containerPort, probe.containerPort]);
      }
    }
  });

  it.each(good)('restarts no pod that reads a large configuration, or that a short CPU slows down: %s', (name) => {
    const { startupProbe, livenessProbe } = containerOf(release(name));
    const { periodSeconds = 10, failureThreshold = 3 } = startupProbe;
    expect(periodSeconds * failureThreshold).toBeGreaterThanOrEqual(120);
    expect(periodSeconds).toBeLessThanOrEqual(2); // a small fleet does not wait for a large one's patience
    for (const { timeoutSeconds = 1 } of [startupProbe, livenessProbe]) expect(timeoutSeconds).toBeGreaterThan(1);
  });

  it.each(good)('sets flags that the program accepts: %s', async (name) => {
    const flags = containerOf(release(name)).args.map((flag) => flag.replace('$(POD_INDEX)', '0'));
    const { status, stderr } = await runProgram(['serve', ...flags]);
    // It read all flags, and then looked for a file that is not here.
    expect(stderr).not.toMatch(/^error:/m);
    expect(stderr).toMatch(/there is no such file|cannot be read/);
    expect(status).toBe(1);
  });

  it.each(withConfig)('writes a configuration that the program accepts: %s', async (name) => {
    const objects = release(name);
    const pod = join(folder.path, name);
    mountSecrets(objects, pod);
    const file = `${pod}/etc/clouddb-encryption-exporter/config.yaml`;
    const run = await runProgram(['check-config', `--config.file=${file}`], secretEnvironment(objects));
    expect(run).toMatchObject({ status: 0, stderr: '' });
  });

  it('writes a web configuration that the program accepts', async () => {
    const pod = join(folder.path, 'web');
    mountSecrets(release('web-passwords'), pod);
    const [config, web] = [
      `${pod}/etc/clouddb-encryption-exporter/config.yaml`,
      `${pod}/etc/clouddb-web/web-config.yaml`,
    ];
    const run = await runProgram(['check-config', `--config.file=${config}`, `--web.config.file=${web}`]);
    expect(run).toMatchObject({ status: 0, stderr: '' });
  });
});

describe.skipIf(validate === undefined)('Kubernetes', () => {
  it.each(good)('has every field of the rendered manifests: %s', (name) => {
    for (const object of release(name)) expect([object.kind, validate?.(object)]).toEqual([object.kind, []]);
  });

  it.each([
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, stringdata: {} },
    { apiVersion: 'v1', kind: 'Service', spec: { ports: [{ port: 'http' }] } },
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', spec: { maxUnavailable: 1, minUnavailable: 1 } },
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'ServiceMonitor',
      spec: { selector: {}, endpoints: [{ tls: {} }] },
    },
    { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', spec: { groups: [{ name: 'a', rules: [{}] }] } },
    { apiVersion: 'apps/v9', kind: 'Deployment' },
  ])('rejects an invalid object: $kind, $apiVersion', (object) => expect(validate?.(object)).toHaveLength(1));
});

interface Port {
  name: string;
  containerPort: number;
}

describe.skipIf(helm === undefined)('the README', () => {
  const readme = readFileSync(join(chart, 'README.md'), 'utf8');

  it('names objects as its own installation calls them', () => {
    const [, name = '', namespace = ''] = /--install (\S+) .*--namespace (\S+)/.exec(readme) ?? [];
    const file = join(fixtures, 'good/minimal.yaml');
    const output = outputOf(helm ?? '', ['template', name, chart, `--namespace=${namespace}`, '--values', file]);
    const called = /^kind: Service\nmetadata:\n {2}name: (\S+)$/m.exec(output)?.[1] ?? '';
    expect(called).not.toBe('');
    expect(readme).toContain(`serverName: ${called}.${namespace}.svc\n`);
    expect(readme).toContain(`kubectl -n ${namespace} scale statefulset/${called} `);
    expect(rolePage).toContain(`"oidc:sub": "system:serviceaccount:${namespace}:${called}"`);
  });
});

describe.skipIf(helm === undefined)('an invalid values file is refused with the reason', () => {
  it.each(names('bad'))('%s', (name) => {
    const expected = readFileSync(join(fixtures, `bad/${name}.expect.txt`), 'utf8')
      .trimEnd()
      .replace('{providers}', quoted(providers.map(({ id }) => id)))
      .replace('{checks}', quoted(providers.flatMap(({ checks }) => checks.map((check) => check.name))));
    const { status, stderr } = template(helm ?? '', join(fixtures, `bad/${name}.yaml`));
    expect(status).toBe(1);
    for (const line of expected.split('\n')) expect(stderr).toContain(line);
    expect(stderr).not.toContain('PLANTED');
  });
});
