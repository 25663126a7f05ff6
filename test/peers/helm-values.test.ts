// The chart with every setting at once. Rendered by the real helm.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { chart, findHelm } from './helm.ts';
import { loadKubernetesSchemas } from './kubernetes-schemas.ts';
import { outputOf } from './peer.ts';
import { containerOf, fixtures, only, podOf, render, workloadOf } from './rendered-chart.ts';

const helm = await findHelm();
const validate = helm === undefined ? undefined : await loadKubernetesSchemas();
const every = join(fixtures, 'every-setting.yaml');
const minimal = join(fixtures, 'good/minimal.yaml');
const given = parse(readFileSync(every, 'utf8')) as { podLabels: Record<string, string> };
const rendered = helm === undefined ? [] : render(helm, every);

describe.skipIf(helm === undefined)('with every setting', () => {
  const pod = () => podOf(rendered);

  it('nothing is left to complain about for helm lint', () => {
    const output = outputOf(helm ?? '', ['lint', '--strict', chart, '--kube-version=1.31.0', '--values', every]);
    expect(output).toContain('0 chart(s) failed');
  });

  it.skipIf(validate === undefined)('Kubernetes has every field', () => {
    for (const object of rendered) expect([object.kind, validate?.(object)]).toEqual([object.kind, []]);
  });

  it('security contexts and probes are merged with the defaults', () => {
    const container = containerOf(rendered);
    expect(pod().spec.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 65_532,
      runAsGroup: 7,
      fsGroup: 65_532,
      seccompProfile: { type: 'RuntimeDefault' },
      fsGroupChangePolicy: 'OnRootMismatch',
      supplementalGroups: [1_000_640_000],
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      privileged: false,
      capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
    });
    const healthy = { path: '/clouddb/-/healthy', port: 'probe' };
    expect(container.startupProbe).toMatchObject({ httpGet: healthy, periodSeconds: 2, failureThreshold: 600 });
    expect(container.livenessProbe).toEqual({
      tcpSocket: { port: 'probe' },
      initialDelaySeconds: 0,
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
    });
    expect(container.readinessProbe).toEqual({ httpGet: healthy, periodSeconds: 5 });
  });

  it('an override may also switch off', () => {
    const flags = ['containerSecurityContext.readOnlyRootFilesystem=false', 'podSecurityContext.runAsNonRoot=false'];
    const objects = render(helm ?? '', minimal, [`--set=${flags.join()}`]);
    expect(containerOf(objects).securityContext).toMatchObject({ readOnlyRootFilesystem: false });
    expect(podOf(objects).spec.securityContext).toMatchObject({ runAsNonRoot: false });
  });

  it('the pod has what was added', () => {
    expect(pod().spec).toMatchObject({
      initContainers: [{ name: 'wait' }],
      containers: [{ name: 'exporter', envFrom: [{}, { secretRef: { name: '1234' } }] }, { name: 'sidecar' }],
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['10.0.0.10'] },
      hostAliases: [{ ip: '10.0.0.7' }],
      terminationGracePeriodSeconds: 1_000_000,
    });
    expect(pod().metadata.labels).toMatchObject({ ...given.podLabels, team: '1e3' });
    expect(containerOf(rendered).image).toBe('registry.example:5000/clouddb-encryption-exporter:1234');
  });

  it('the workload has strategy, history and annotations', () => {
    const { metadata, spec } = workloadOf(rendered);
    expect(metadata.annotations).toEqual(given.podLabels);
    expect(spec).toMatchObject({ revisionHistoryLimit: 0, strategy: { type: 'RollingUpdate' } });
  });

  it('every object has the common labels, and its own win', () => {
    for (const { metadata } of rendered.filter(({ metadata: { name } }) => !/-(more|text)$/.test(name))) {
      expect(metadata.labels).toMatchObject({ team: '1e3' });
    }
    expect(only(rendered, 'Service').metadata.labels['a']).toBe('common');
    expect(only(rendered, 'ServiceMonitor').metadata.labels['a']).toBe('on');
  });

  it('the objects of the operator are where they were wanted, and find the Service', () => {
    expect(only(rendered, 'ServiceMonitor')).toMatchObject({
      metadata: { namespace: '123' },
      spec: {
        namespaceSelector: { matchNames: ['monitoring'] },
        endpoints: [{ path: '/clouddb/metrics', honorLabels: true }],
      },
    });
    expect(only(rendered, 'PrometheusRule').metadata).toMatchObject({ namespace: '456' });
    expect(only(rendered, 'AlertmanagerConfig').metadata).toMatchObject({ namespace: '789' });
  });

  it('the Service has its type and address families', () => {
    const { spec } = only(rendered, 'Service');
    expect(spec).toMatchObject({
      type: 'LoadBalancer',
      ipFamilyPolicy: 'PreferDualStack',
      ipFamilies: ['IPv6', 'IPv4'],
    });
    expect(spec).not.toHaveProperty('clusterIP');
  });

  it('the Ingress leads to the Service, by default at the path of the external URL', () => {
    const backend = { service: { name: only(rendered, 'Service').metadata.name, port: { name: 'https' } } };
    expect(only(rendered, 'Ingress').spec).toMatchObject({
      ingressClassName: '1234',
      rules: [
        { host: 'monitoring.example', http: { paths: [{ path: '/clouddb', pathType: 'Prefix', backend }] } },
        {
          host: '1234',
          http: {
            paths: [
              { path: '/db', pathType: 'Exact', backend },
              { path: '/more', pathType: 'Prefix', backend },
            ],
          },
        },
      ],
      tls: [{ hosts: ['monitoring.example'], secretName: '1234' }],
    });
  });

  it('further manifests are templates, as maps and as text', () => {
    const names = rendered.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
    expect(names).toEqual(expect.arrayContaining(['release-clouddb-encryption-exporter-more', 'release-text']));
  });
});

describe.skipIf(helm === undefined)('namespaceOverride', () => {
  it('is the namespace of every object', () => {
    const none = ['serviceMonitor', 'prometheusRule', 'alertmanagerConfig'].map((part) => `${part}.namespace=`);
    const flags = [`--set-string=namespaceOverride=1234,${none.join()}`];
    const objects = render(helm ?? '', every, flags).filter(({ metadata: { name } }) => !/-(more|text)$/.test(name));
    for (const { kind, metadata } of objects) expect([kind, metadata]).toMatchObject([kind, { namespace: '1234' }]);
    expect(only(objects, 'ServiceMonitor').spec).toMatchObject({ namespaceSelector: { matchNames: ['1234'] } });
  });
});

describe.skipIf(helm === undefined)('the route prefix', () => {
  it.each([
    ['web.externalUrl=https://x.example/a/b/', '/a/b', '/a/b'],
    ['web.externalUrl=/a', '/a', '/a'],
    ['web.routePrefix=a/', '/a', '/a'],
    ['web.externalUrl=https://x.example/a/,web.routePrefix=/', '', '/a'],
    ['web.externalUrl=https://x.example/', '', '/'],
  ])('of %s is in flags, probes and ServiceMonitor as %j, in the Ingress as %s', (change, prefix, path) => {
    const flags = ['serviceMonitor.enabled=true', 'ingress.enabled=true', 'ingress.hosts[0].host=x.example', change];
    const objects = render(helm ?? '', minimal, [`--set=${flags.join()}`]);
    const { args, startupProbe, livenessProbe, readinessProbe } = containerOf(objects);
    for (const setting of change.split(',')) {
      const [key, value] = setting.split('=');
      expect(args).toContain(`--${key === 'web.externalUrl' ? 'web.external-url' : 'web.route-prefix'}=${value}`);
    }
    expect([startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet)).toEqual(
      ['healthy', 'healthy', 'ready'].map((path) => ({ path: `${prefix}/-/${path}`, port: 'probe' })),
    );
    expect(only(objects, 'ServiceMonitor').spec).toMatchObject({ endpoints: [{ path: `${prefix}/metrics` }] });
    expect(only(objects, 'Ingress').spec).toMatchObject({ rules: [{ http: { paths: [{ path }] } }] });
  });
});
