// The Helm chart, rendered by the real helm: every values file of test/deploy/helm gives objects that fit together and
// that the real program takes, or is refused in words that name the key.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createFolder, runProgram } from '../support/exporter-process.ts';
import { chart, findHelm } from './helm.ts';
import { outputOf } from './peer.ts';
import {
  containerOf,
  type KubernetesObject,
  mountSecrets,
  only,
  render,
  secret,
  secretEnvironment,
  template,
  workloadOf,
} from './rendered-chart.ts';

const root = resolve(import.meta.dirname, '../..');
const fixtures = join(root, 'test/deploy/helm');
const files = (folder: string) => readdirSync(join(fixtures, folder)).filter((name) => name.endsWith('.yaml'));
const good = files('good');
const bad = files('bad');

const helm = findHelm() ?? '';
let folder: Awaited<ReturnType<typeof createFolder>>;
beforeAll(async () => {
  folder = await createFolder();
});
afterAll(() => folder.remove());

const rendered = new Map<string, KubernetesObject[]>();

/** The objects of a good values file, by its name. */
function release(name: string): KubernetesObject[] {
  const known = rendered.get(name) ?? render(helm, join(fixtures, 'good', `${basename(name, '.yaml')}.yaml`));
  rendered.set(name, known);
  return known;
}

const podOf = (name: string) => workloadOf(release(name)).spec.template;
const args = (name: string) => containerOf(release(name)).args as string[];
const values = (name: string) => parse(readFileSync(join(fixtures, 'good', `${name}.yaml`), 'utf8')) as never;

describe.skipIf(helm === '')('a good values file', () => {
  it('helm lint has nothing to say against any of them', () => {
    for (const name of good) {
      expect(
        outputOf(helm, ['lint', '--strict', chart, '--kube-version=1.31.0', '--values', join(fixtures, 'good', name)]),
      ).toContain('0 chart(s) failed');
    }
  });

  it.each(good)('gives pods that satisfy the Pod Security Standard "restricted": %s', (name) => {
    const { spec } = podOf(name);
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

  it.each(good)('mounts secrets whole, read-only and for its group alone: %s', (name) => {
    const { volumes, containers } = podOf(name).spec;
    for (const { secret: source, projected } of volumes) {
      if (source ?? projected) expect((source ?? projected).defaultMode).toBe(0o440);
    }
    for (const mount of containers[0].volumeMounts) {
      expect(mount).toMatchObject({ readOnly: true });
      expect(mount).not.toHaveProperty('subPath');
      expect(volumes.map((volume: { name: string }) => volume.name)).toContain(mount.name);
    }
    expect(containers[0].volumeMounts).toHaveLength(volumes.length);
  });

  it.each(good)('has selectors that find its pods, and labels that fit: %s', (name) => {
    const objects = release(name);
    const { labels } = podOf(name).metadata;
    const selectors = objects.flatMap(({ kind, spec }) => {
      if (kind === 'Service') return [spec.selector];
      if (kind === 'NetworkPolicy') return [spec.podSelector.matchLabels];
      if (kind === 'ServiceMonitor') return [];
      return spec?.selector === undefined ? [] : [spec.selector.matchLabels];
    });
    expect(selectors.length).toBeGreaterThanOrEqual(2);
    for (const selector of selectors) {
      expect(Object.keys(selector)).not.toEqual([]);
      expect(labels).toMatchObject(selector);
    }
    const monitor = objects.find(({ kind }) => kind === 'ServiceMonitor');
    expect(only(objects, 'Service').metadata.labels).toMatchObject(monitor?.spec.selector.matchLabels ?? {});
    for (const { metadata } of objects) {
      expect(metadata.name).toMatch(/^[a-z0-9][a-z0-9-]{0,62}$/);
      for (const label of Object.values(metadata.labels)) expect(label).toMatch(/^[\w.-]{1,63}$/);
    }
  });

  it.each(good)('names only Secrets that it brings or that the values name: %s', (name) => {
    const objects = release(name);
    const text = readFileSync(join(fixtures, 'good', name), 'utf8');
    const { volumes, containers } = podOf(name).spec;
    const named: string[] = [
      ...volumes.flatMap((volume: { secret?: { secretName: string } }) => volume.secret?.secretName ?? []),
      ...(containers[0].envFrom ?? []).map((source: { secretRef: { name: string } }) => source.secretRef.name),
    ];
    for (const one of named) {
      expect(secret(objects, one) !== undefined || text.includes(` ${one}`), `Secret ${one}`).toBe(true);
    }
    for (const volume of volumes.filter((one: { secret?: { items?: unknown } }) => one.secret?.items)) {
      const content = secret(objects, volume.secret.secretName);
      for (const { key } of volume.secret.items) expect(Object.keys(content ?? { [key]: '' })).toContain(key);
    }
    const brought = objects.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name);
    expect(named).toEqual(expect.arrayContaining(brought));
  });

  it.each(good)('agrees about ports, from the flag to the scrape: %s', (name) => {
    const objects = release(name);
    const { ports, livenessProbe, readinessProbe } = containerOf(objects);
    const service = only(objects, 'Service').spec;
    const [metrics, probe] = ports;
    expect(args(name)).toContain(`--web.listen-address=:${metrics.containerPort}`);
    expect(args(name)).toContain(`--web.probe-listen-address=:${probe.containerPort}`);
    expect(service.ports).toEqual([{ name: metrics.name, port: metrics.containerPort, targetPort: metrics.name }]);
    expect([livenessProbe.httpGet, readinessProbe.httpGet]).toEqual([
      { path: '/-/healthy', port: probe.name },
      { path: '/-/ready', port: probe.name },
    ]);
    for (const { spec } of objects.filter(({ kind }) => kind === 'ServiceMonitor')) {
      expect(spec.endpoints).toHaveLength(1);
      expect(spec.endpoints[0]).toMatchObject({ port: metrics.name, scheme: metrics.name });
    }
    for (const { spec } of objects.filter(({ kind }) => kind === 'NetworkPolicy')) {
      const open = spec.ingress.flatMap((rule: { ports: { port: number }[] }) => rule.ports.map(({ port }) => port));
      expect(open).toEqual([metrics.containerPort, probe.containerPort]);
    }
  });

  it.each(good)('gives flags that the program takes: %s', async (name) => {
    const flags = args(name).map((flag) => flag.replace('$(POD_INDEX)', '0'));
    const { status, stderr } = await runProgram(['serve', ...flags]);
    // No such files here: it read all flags and then looked for the first one.
    expect(stderr).not.toMatch(/^error:/m);
    expect(stderr).toMatch(/there is no such file|cannot be read/);
    expect(status).toBe(1);
  });

  it.each(good.filter((name) => readFileSync(join(fixtures, 'good', name), 'utf8').includes('config:\n  ')))(
    'gives a configuration that the program takes: %s',
    async (name) => {
      const objects = release(name);
      const pod = join(folder.path, name);
      mountSecrets(objects, pod);
      const run = await runProgram(
        ['check-config', `--config.file=${pod}/etc/clouddb-encryption-exporter/config.yaml`],
        secretEnvironment(objects),
      );
      expect(run).toMatchObject({ status: 0, stderr: '' });
    },
  );
});

describe.skipIf(helm === '')('a bad values file is refused, and told why', () => {
  it.each(bad)('%s', (name) => {
    const expected = readFileSync(join(fixtures, 'bad', name.replace('.yaml', '.expect.txt')), 'utf8').trimEnd();
    const { status, stderr } = template(helm, join(fixtures, 'bad', name));
    expect(status).toBe(1);
    for (const line of expected.split('\n')) expect(stderr).toContain(line);
    expect(stderr).not.toContain('PLANTED');
  });
});

describe.skipIf(helm === '')('the configuration', () => {
  it('comes out of the values as it went in', () => {
    const { config } = values('config-complete') as { config: object };
    const text = secret(release('config-complete'), 'release-clouddb-encryption-exporter-config')?.['config.yaml'];
    expect(parse(text ?? '')).toEqual(config);
  });

  it('changes without a restart, and so do credentials that are files', () => {
    const one = podOf('credentials-as-files');
    const other = render(helm, join(fixtures, 'good/credentials-as-files.yaml'), [
      '--set=config.scrape.retries=1,credentials.secrets.secret-key=another',
    ]);
    expect(workloadOf(other).spec.template).toEqual(one);
  });

  it.each([
    ['a credential in the environment', 'credentials-as-env', 'credentials.secrets.OB_SECRET=another'],
    ['the rate limit of the web configuration', 'web-passwords', 'web.config.rate_limit.burst=30'],
  ])('restarts the pod where only a restart brings it: %s', (_what, name, change) => {
    const other = render(helm, join(fixtures, `good/${name}.yaml`), [`--set=${change}`]);
    expect(workloadOf(other).spec.template).not.toEqual(podOf(name));
  });

  it('of the web does not restart it for a password', () => {
    const other = render(helm, join(fixtures, 'good/web-passwords.yaml'), ['--set=web.config.basic_auth_users.b=hash']);
    expect(workloadOf(other).spec.template).toEqual(podOf('web-passwords'));
  });
});

describe.skipIf(helm === '')('TLS', () => {
  it('is served with the certificate of the Secret', () => {
    const web = secret(release('web-tls-secret-and-clients'), 'release-clouddb-encryption-exporter-web');
    expect(parse(web?.['web-config.yaml'] ?? '')).toEqual({
      tls_server_config: {
        cert_file: '/etc/clouddb-tls/tls.crt',
        key_file: '/etc/clouddb-tls/tls.key',
        client_auth_type: 'RequireAndVerifyClientCert',
        client_ca_file: '/etc/clouddb-tls/ca.crt',
        min_version: 'TLS13',
      },
    });
    expect(podOf('web-tls-secret').spec.volumes).toContainEqual({
      name: 'tls',
      secret: { secretName: 'exporter-tls', defaultMode: 0o440 },
    });
  });
});

describe.skipIf(helm === '')('shards', () => {
  it('one: a Deployment that never runs two at a time', () => {
    expect(workloadOf(release('minimal'))).toMatchObject({
      kind: 'Deployment',
      spec: { replicas: 1, strategy: { type: 'Recreate' } },
    });
    expect(args('minimal').join()).not.toContain('shard');
  });

  it('several: each pod of a StatefulSet knows its own, all at once', () => {
    const workload = workloadOf(release('shards'));
    expect(workload).toMatchObject({ kind: 'StatefulSet', spec: { replicas: 3, podManagementPolicy: 'Parallel' } });
    expect(workload.spec.serviceName).toBe(only(release('shards'), 'Service').metadata.name);
    expect(args('shards')).toEqual(expect.arrayContaining(['--shard=$(POD_INDEX)', '--total-shards=3']));
    expect(containerOf(release('shards')).env[0]).toEqual({
      name: 'POD_INDEX',
      valueFrom: { fieldRef: { fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" } },
    });
  });

  it('are refused before Kubernetes 1.28, one is not', () => {
    const old = ['--kube-version=1.27.9'];
    expect(template(helm, join(fixtures, 'good/shards.yaml'), old).stderr).toContain('shards: more than 1 needs');
    expect(template(helm, join(fixtures, 'good/minimal.yaml'), old).status).toBe(0);
  });

  it('leave room in the name of the StatefulSet for what its pods add', () => {
    expect(workloadOf(release('long-names')).metadata.name.length).toBeLessThanOrEqual(52);
  });
});

describe.skipIf(helm === '')('a pod is scraped before it is ready', () => {
  it.each(['minimal', 'shards'])('%s', (name) => {
    expect(only(release(name), 'Service').spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
  });
});

describe.skipIf(helm === '')('Prometheus', () => {
  it('scrapes as README says', () => {
    expect(only(release('shards'), 'ServiceMonitor').spec.endpoints[0]).toMatchObject({
      interval: '1m',
      scrapeTimeout: '30s',
    });
  });

  it('gives the job the name that the rules ask for', () => {
    const shipped = readFileSync(join(root, 'prometheus/rules/clouddb-encryption.yaml'), 'utf8');
    const asked = new Set([...shipped.matchAll(/job="([^"]+)"/g)].map(([, job]) => job));
    const [job] = only(release('prometheus-operator'), 'ServiceMonitor').spec.endpoints[0].relabelings;
    expect([...asked]).toEqual([job.replacement]);
    expect(job.targetLabel).toBe('job');
  });

  it('knows an exporter by a name that outlives its pod', () => {
    const relabelings = (name: string) => only(release(name), 'ServiceMonitor').spec.endpoints[0].relabelings;
    expect(relabelings('prometheus-operator').slice(1)).toEqual([
      { targetLabel: 'instance', replacement: 'release-clouddb-encryption-exporter' },
      { action: 'labeldrop', regex: 'pod|container|endpoint' },
      { targetLabel: 'cluster', replacement: 'one' },
    ]);
    expect(relabelings('shards')[1]).toEqual({ targetLabel: 'instance', sourceLabels: ['pod'] });
  });

  it('gets the shipped rules, not one of them different', () => {
    const shipped = parse(readFileSync(join(root, 'prometheus/rules/clouddb-encryption.yaml'), 'utf8')) as object;
    expect(only(release('prometheus-operator'), 'PrometheusRule').spec).toEqual(shipped);
  });

  it('gets alerts changed as the values say, and only those', () => {
    const alerts = (name: string): Record<string, Alert> =>
      Object.fromEntries(
        (only(release(name), 'PrometheusRule').spec.groups as { rules: Alert[] }[])
          .flatMap(({ rules }) => rules)
          .filter(({ alert }) => alert !== undefined)
          .map((rule) => [rule.alert, rule]),
      );
    const { CloudDBKMSKeyOld, CloudDBSSLNotForced, ...shipped } = alerts('prometheus-operator');
    const { CloudDBSSLNotForced: changed, ...rest } = alerts('alerts-of-yours');
    const labels = { cluster: 'one', severity: 'never' };
    expect(CloudDBKMSKeyOld).toBeDefined();
    expect(changed).toEqual({ ...CloudDBSSLNotForced, for: '1d', labels: { cluster: 'one', severity: 'info' } });
    expect(rest).toEqual(
      Object.fromEntries(
        Object.entries(shipped).map(([name, rule]) => [name, { ...rule, labels: { ...rule.labels, ...labels } }]),
      ),
    );
  });
});

interface Alert {
  alert: string;
  labels: Record<string, string>;
}

describe.skipIf(helm === '')('Grafana', () => {
  it('gets the shipped dashboards, small enough for a ConfigMap', () => {
    const map = only(release('dashboards'), 'ConfigMap');
    const shipped = readdirSync(join(root, 'grafana/dashboards'));
    expect(map.metadata.labels).toMatchObject({ grafana_dashboard: '1', team: 'payments' });
    expect(map.data).toEqual(
      Object.fromEntries(shipped.map((name) => [name, readFileSync(join(root, 'grafana/dashboards', name), 'utf8')])),
    );
    expect(Buffer.byteLength(JSON.stringify(map))).toBeLessThan(1024 * 1024);
  });
});

describe.skipIf(helm === '')('pod identity on TKE', () => {
  it('annotates the service account, for the webhook', () => {
    const account = only(release('tke-pod-identity'), 'ServiceAccount');
    expect(account.metadata.annotations).toEqual({
      team: 'payments',
      'tke.cloud.tencent.com/role-arn': 'qcs::cam::uin/100000000001:roleName/clouddb',
      'tke.cloud.tencent.com/audience': 'sts.cloud.tencent.com',
      'tke.cloud.tencent.com/token-expiration': '86400',
    });
    expect(podOf('tke-pod-identity').spec.serviceAccountName).toBe(account.metadata.name);
    expect(containerOf(release('tke-pod-identity'))).not.toHaveProperty('env');
  });

  it('sets what the webhook would, where there is none', () => {
    const name = 'tke-pod-identity-without-webhook';
    const { env, volumeMounts } = containerOf(release(name));
    const set = Object.fromEntries(env.map((one: { name: string; value: string }) => [one.name, one.value]));
    expect(set).toMatchObject({
      TKE_PROVIDER_ID: 'cls-abc',
      TKE_REGION: 'ap-guangzhou',
      TKE_ROLE_ARN: expect.any(String),
    });
    const mount = volumeMounts.find(({ mountPath }: { mountPath: string }) =>
      set.TKE_WEB_IDENTITY_TOKEN_FILE.startsWith(`${mountPath}/`),
    );
    const volume = podOf(name).spec.volumes.find((one: { name: string }) => one.name === mount.name);
    expect(volume.projected.sources).toEqual([
      { serviceAccountToken: { audience: 'sts.cloud.tencent.com', expirationSeconds: 3600, path: 'token' } },
    ]);
    expect(set.TKE_WEB_IDENTITY_TOKEN_FILE).toBe(`${mount.mountPath}/token`);
    expect(only(release(name), 'ServiceAccount').metadata).not.toHaveProperty('annotations');
  });
});

describe.skipIf(helm === '')('the network policy', () => {
  const egress = (name: string) => only(release(name), 'NetworkPolicy').spec.egress;
  const dns = {
    ports: [
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
    ],
  };
  const https = { ports: [{ protocol: 'TCP', port: 443 }] };

  it('lets out DNS and HTTPS', () => expect(egress('tke-pod-identity')).toEqual([dns, https]));

  it('lets out the metadata service where a CVM role is used', () => {
    expect(egress('cvm-role').slice(2)).toEqual([
      { to: [{ ipBlock: { cidr: '169.254.0.0/16' } }], ports: [{ protocol: 'TCP', port: 80 }] },
    ]);
  });

  it('lets out nothing but the proxy behind a proxy', () => {
    const { networkPolicy } = values('network-policy-behind-a-proxy') as { networkPolicy: Record<string, unknown[]> };
    const { ingress } = only(release('network-policy-behind-a-proxy'), 'NetworkPolicy').spec;
    expect(egress('network-policy-behind-a-proxy')).toEqual([dns, ...(networkPolicy['extraEgress'] ?? [])]);
    expect(ingress[0].from).toEqual(networkPolicy['scrapeFrom']);
  });
});

describe.skipIf(helm === '')('the image', () => {
  it.each([
    ['minimal', 'clouddb-encryption-exporter:0.1.0'],
    ['image-by-tag', 'registry.example/exporter:0.1.0-rc.1'],
    [
      'image-by-digest',
      'registry.example:5000/monitoring/clouddb-encryption-exporter@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    ],
  ])('of %s is %s', (name, image) => expect(containerOf(release(name)).image).toBe(image));

  it('may run as whom the platform chooses', () => {
    expect(podOf('openshift').spec.securityContext).toEqual({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(podOf('minimal').spec.securityContext).toMatchObject({ runAsUser: 65_532, fsGroup: 65_532 });
  });
});
