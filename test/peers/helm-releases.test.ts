// What the Helm chart promises, one release at a time. Rendered by the real helm.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { defaultParameters } from '../../prometheus/src/rule.ts';
import { ruleFile } from '../../prometheus/src/rules.ts';
import type { OperatorInhibitRule } from '../../scripts/inhibit-rules.ts';
import { findHelm } from './helm.ts';
import {
  containerOf,
  createReleases,
  fixtures,
  only,
  podOf,
  render,
  secret,
  template,
  workloadOf,
} from './rendered-chart.ts';

const root = resolve(import.meta.dirname, '../..');
const shippedRules = readFileSync(join(root, 'prometheus/rules/clouddb-encryption.yaml'), 'utf8');

const helm = await findHelm();
const release = createReleases(helm ?? '');
const file = (name: string) => join(fixtures, 'good', `${name}.yaml`);
const values = (name: string) => parse(readFileSync(file(name), 'utf8')) as Record<string, Record<string, unknown>>;
const changed = (name: string, change: string) => podOf(render(helm ?? '', file(name), [`--set=${change}`]));
const hash = `$2b$05$${'x'.repeat(53)}`;
const fullName = 'release-clouddb-encryption-exporter';

describe.skipIf(helm === undefined)('the configuration', () => {
  it('comes out of the values as it went in', () => {
    const text = secret(release('config-complete'), `${fullName}-config`)?.['config.yaml'];
    expect(parse(text ?? '')).toEqual(values('config-complete')['config']);
  });

  it.each([
    ['the configuration', 'credentials-as-files', 'config.scrape.retries=1'],
    ['a credential in a file', 'credentials-as-files', 'credentials.secrets.secret-key=another'],
    ['a password of the web configuration', 'web-passwords', `web.config.basic_auth_users.another=${hash}`],
    ['HTTP/2, which has no effect', 'web-passwords', 'web.config.http_server_config.http2=true'],
  ])('restarts no pod for what is read again: %s', (_what, name, change) => {
    expect(changed(name, change)).toEqual(podOf(release(name)));
  });

  it.each([
    ['a credential in the environment', 'credentials-as-env', 'credentials.secrets.OB_SECRET=another'],
    ['the rate limit of the web configuration', 'web-passwords', 'web.config.rate_limit.burst=30'],
  ])('restarts the pod for what is read once: %s', (_what, name, change) => {
    expect(changed(name, change)).not.toEqual(podOf(release(name)));
  });
});

describe.skipIf(helm === undefined)('TLS', () => {
  it('is served with the certificate of the Secret', () => {
    const web = secret(release('web-tls-secret-and-clients'), `${fullName}-web`);
    expect(parse(web?.['web-config.yaml'] ?? '')).toEqual({
      tls_server_config: {
        cert_file: '/etc/clouddb-tls/tls.crt',
        key_file: '/etc/clouddb-tls/tls.key',
        client_auth_type: 'RequireAndVerifyClientCert',
        client_ca_file: '/etc/clouddb-tls/ca.crt',
        min_version: 'TLS13',
      },
    });
    expect(podOf(release('web-tls-secret')).spec.volumes).toContainEqual({
      name: 'tls',
      secret: { secretName: 'exporter-tls', defaultMode: 0o440 },
    });
  });
});

describe.skipIf(helm === undefined)('shards', () => {
  it('one: a Deployment that never runs two at a time', () => {
    expect(workloadOf(release('minimal'))).toMatchObject({
      kind: 'Deployment',
      spec: { replicas: 1, strategy: { type: 'Recreate' } },
    });
    expect(containerOf(release('minimal')).args.join()).not.toContain('shard');
  });

  it('several: each pod of a StatefulSet knows its own, all at once', () => {
    const { kind, spec } = workloadOf(release('shards'));
    const { args, env } = containerOf(release('shards'));
    expect([kind, spec]).toEqual([
      'StatefulSet',
      expect.objectContaining({ replicas: 3, podManagementPolicy: 'Parallel' }),
    ]);
    expect(spec.serviceName).toBe(only(release('shards'), 'Service').metadata.name);
    expect(args).toEqual(expect.arrayContaining(['--shard=$(POD_INDEX)', '--total-shards=3']));
    expect(env?.[0]).toEqual({
      name: 'POD_INDEX',
      valueFrom: { fieldRef: { fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" } },
    });
  });

  it('are refused before Kubernetes 1.28, one is not', () => {
    const old = ['--kube-version=1.27.9'];
    expect(template(helm ?? '', file('shards'), old).stderr).toContain('shards: more than 1 needs Kubernetes 1.28');
    expect(template(helm ?? '', file('minimal'), old).status).toBe(0);
  });

  it('keep the name of the StatefulSet short enough for the suffixes of its pods', () => {
    expect(workloadOf(release('long-names')).metadata.name.length).toBeLessThanOrEqual(52);
  });

  it.each(['minimal', 'shards'])('are scraped one by one, also before they are ready: %s', (name) => {
    expect(only(release(name), 'Service').spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
  });
});

describe.skipIf(helm === undefined)('Prometheus', () => {
  const endpoint = (name: string) =>
    only<{ endpoints: [{ relabelings: Record<string, unknown>[] }] }>(release(name), 'ServiceMonitor').spec
      .endpoints[0];

  it('scrapes as documented in README', () => {
    expect(endpoint('shards')).toMatchObject({ interval: '1m', scrapeTimeout: '30s' });
  });

  it('has the job name of the rules', () => {
    const asked = new Set([...shippedRules.matchAll(/job="([^"]+)"/g)].map(([, job]) => job));
    // The other one is of the targets of /sd, which the chart does not scrape.
    expect(asked).toEqual(new Set(['clouddb-encryption', 'clouddb-encryption-targets']));
    expect(endpoint('prometheus-operator').relabelings[0]).toEqual({
      targetLabel: 'job',
      replacement: 'clouddb-encryption',
    });
  });

  it('knows an exporter by a name that outlives its pod', () => {
    expect(endpoint('prometheus-operator').relabelings.slice(1)).toEqual([
      { targetLabel: 'instance', replacement: fullName },
      { action: 'labeldrop', regex: 'pod|container|endpoint' },
      { targetLabel: 'cluster', replacement: 'one' },
    ]);
    expect(endpoint('shards').relabelings[1]).toEqual({ targetLabel: 'instance', sourceLabels: ['pod'] });
  });

  it('gets the shipped rules, not one of them different', () => {
    expect(only(release('prometheus-operator'), 'PrometheusRule').spec).toEqual(parse(shippedRules));
  });

  it('changes exactly what the values change', () => {
    const [days, runbooks] = [
      { certificateWarning: '45', certificateCritical: '1.5' },
      'https://wiki.example/runbooks',
    ];
    const parameters = { ...defaultParameters, days: { ...defaultParameters.days, ...days }, runbooks };
    const links = { grafana: 'https://grafana.example', exporter: 'https://monitoring.example/clouddb' };
    const { groups } = parse(ruleFile({ ...parameters, ...links })) as { groups: { rules: Rule[] }[] };
    const changed = groups.map((group) => ({ ...group, rules: group.rules.flatMap((rule) => changedRule(rule)) }));
    expect(only(release('alerts-of-yours'), 'PrometheusRule').spec).toEqual({ groups: changed });
  });

  it('takes thresholds from its own values where it has no configuration, and the URL of the exporter', () => {
    const thresholds = { certificateWarning: 20.5, certificateCritical: 2, caWarning: 90, caCritical: 14, keyAge: 730 };
    const set = `--set-json=prometheusRule=${JSON.stringify({ enabled: true, thresholds })}`;
    const days = Object.fromEntries(Object.entries(thresholds).map(([name, count]) => [name, String(count)]));
    const exporter = 'https://monitoring.example/clouddb';
    const expected = ruleFile({ ...defaultParameters, days: days as typeof defaultParameters.days, exporter });
    const objects = render(helm ?? '', file('existing-config-secret'), [set, `--set=web.externalUrl=${exporter}/`]);
    expect(only(objects, 'PrometheusRule').spec).toEqual(parse(expected));
  });
});

interface Rule {
  alert?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** A shipped rule as the values of `alerts-of-yours` change it; empty where it is disabled. */
function changedRule(rule: Rule): object[] {
  if (rule.alert === undefined) return [rule];
  const labels = { ...rule.labels, cluster: 'one', namespace: 'monitoring' };
  const annotations = { ...rule.annotations, contact: 'dba@example.com' };
  const common = { ...rule, labels, annotations };
  switch (`${rule.alert} ${rule.labels['severity']}`) {
    case 'CloudDBKMSKeyOld info':
    case 'CloudDBCACertificateExpiring warning':
      return [];
    case 'CloudDBSSLNotForced warning':
      return [
        {
          ...common,
          for: '1d',
          keep_firing_for: '10m',
          labels: { ...labels, severity: 'info' },
          annotations: { ...annotations, contact: 'nobody' },
        },
      ];
    case 'CloudDBCertificateExpiring warning':
      return [{ ...common, for: '0s', labels: { ...labels, topic: 'tickets' } }];
    case 'CloudDBCertificateExpiring critical':
      return [
        {
          ...common,
          for: '2h',
          labels: { ...labels, severity: 'page', topic: 'pki' },
          annotations: { ...annotations, summary: 'renew now' },
        },
      ];
    default:
      return [common];
  }
}

describe.skipIf(helm === undefined)('Alertmanager', () => {
  it('gets the shipped inhibitions, in the namespace of the release', () => {
    const { metadata, spec } = only<{ inhibitRules: OperatorInhibitRule[] }>(
      release('alerts-of-yours'),
      'AlertmanagerConfig',
    );
    expect(metadata).toMatchObject({ namespace: 'monitoring', labels: { alertmanager: 'main' } });
    const matchers = (of: OperatorInhibitRule['sourceMatch']) =>
      of.map(({ name, matchType, value }) => `${name} ${matchType} "${value}"`);
    const rules = spec.inhibitRules.map(({ sourceMatch, targetMatch, equal }) => ({
      source_matchers: matchers(sourceMatch),
      target_matchers: matchers(targetMatch),
      equal,
    }));
    const { inhibit_rules } = parse(readFileSync(join(root, 'prometheus/alertmanager.yml'), 'utf8')) as {
      inhibit_rules: object[];
    };
    expect(rules).toEqual(inhibit_rules);
  });

  it('finds the namespace of its inhibitions on every alert, and nothing else is changed', () => {
    const flags = [
      '--set=prometheusRule.enabled=true,alertmanagerConfig.enabled=true,alertmanagerConfig.namespace=alerts',
    ];
    const objects = render(helm ?? '', file('minimal'), flags);
    expect(only(objects, 'AlertmanagerConfig').metadata).toMatchObject({ namespace: 'alerts' });
    const { groups } = parse(shippedRules) as { groups: { rules: Rule[] }[] };
    for (const rule of groups.flatMap(({ rules }) => rules)) if (rule.alert) rule.labels['namespace'] = 'alerts';
    expect(only(objects, 'PrometheusRule').spec).toEqual({ groups });
  });
});

describe.skipIf(helm === undefined)('Grafana', () => {
  it('gets the shipped dashboards, each small enough for the annotation of kubectl apply', () => {
    const maps = release('dashboards').filter(({ kind }) => kind === 'ConfigMap');
    const folder = join(root, 'grafana/dashboards');
    const shipped = readdirSync(folder).map((name) => [name, JSON.parse(readFileSync(join(folder, name), 'utf8'))]);
    const found = maps.flatMap(({ data }) => Object.entries(data ?? {}));
    expect(Object.fromEntries(found.map(([name, text]) => [name, JSON.parse(text)]))).toEqual(
      Object.fromEntries(shipped),
    );
    for (const map of maps) {
      expect(map.metadata.labels).toMatchObject({ grafana_dashboard: '1', team: 'payments' });
      expect(Buffer.byteLength(JSON.stringify(map))).toBeLessThan(256 * 1024);
    }
  });
});

describe.skipIf(helm === undefined)('pod identity on TKE', () => {
  it('annotates the service account, for the webhook', () => {
    const objects = release('tke-pod-identity');
    const { name, annotations } = only(objects, 'ServiceAccount').metadata;
    expect(annotations).toEqual({
      team: 'payments',
      'tke.cloud.tencent.com/role-arn': 'qcs::cam::uin/100000000001:roleName/clouddb',
      'tke.cloud.tencent.com/audience': 'sts.cloud.tencent.com',
      'tke.cloud.tencent.com/token-expiration': '86400',
    });
    expect(podOf(objects).spec.serviceAccountName).toBe(name);
    expect(containerOf(objects)).not.toHaveProperty('env');
  });

  it('sets what the webhook would, where there is none', () => {
    const objects = release('tke-pod-identity-without-webhook');
    const { env, volumeMounts } = containerOf(objects);
    const volume = podOf(objects).spec.volumes.find(({ projected }) => projected);
    const mount = volumeMounts.find(({ name }) => name === volume?.name);
    expect(volume?.projected?.sources).toEqual([
      { serviceAccountToken: { audience: 'sts.cloud.tencent.com', expirationSeconds: 3600, path: 'token' } },
    ]);
    expect(env).toEqual([
      { name: 'TKE_ROLE_ARN', value: 'qcs::cam::uin/100000000001:roleName/clouddb' },
      { name: 'TKE_PROVIDER_ID', value: 'cls-abc' },
      { name: 'TKE_REGION', value: 'ap-guangzhou' },
      { name: 'TKE_WEB_IDENTITY_TOKEN_FILE', value: `${mount?.mountPath}/token` },
    ]);
    expect(only(objects, 'ServiceAccount').metadata).not.toHaveProperty('annotations');
  });
});

describe.skipIf(helm === undefined)('the network policy', () => {
  interface Policy {
    ingress: { from?: object[] }[];
    egress: object[];
  }
  const policy = (name: string) => only<Policy>(release(name), 'NetworkPolicy').spec;
  const dns = { ports: [53, 53].map((port, index) => ({ protocol: index === 0 ? 'UDP' : 'TCP', port })) };
  const https = { ports: [{ protocol: 'TCP', port: 443 }] };

  it('allows outgoing DNS and HTTPS', () => expect(policy('tke-pod-identity').egress).toEqual([dns, https]));

  it('allows the metadata service if a CVM role is used', () => {
    expect(policy('cvm-role').egress.slice(2)).toEqual([
      { to: [{ ipBlock: { cidr: '169.254.0.0/16' } }], ports: [{ protocol: 'TCP', port: 80 }] },
    ]);
  });

  it('behind a proxy, allows only the proxy out and only the scrapers in', () => {
    const { networkPolicy = {} } = values('network-policy-behind-a-proxy');
    const { ingress, egress } = policy('network-policy-behind-a-proxy');
    expect(egress).toEqual([dns, ...(networkPolicy['extraEgress'] as object[])]);
    expect(ingress[0]?.from).toEqual(networkPolicy['scrapeFrom']);
  });
});

describe.skipIf(helm === undefined)('the image', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

  it.each([
    ['minimal', `clouddb-encryption-exporter:${version}`],
    ['image-by-tag', 'registry.example/exporter:0.1.0-rc.1'],
    ['image-by-digest', `registry.example:5000/monitoring/clouddb-encryption-exporter@${digest}`],
  ])('of %s is the expected one', (name, image) => expect(containerOf(release(name)).image).toBe(image));

  it('runs as the user of the image, or as whom the platform chooses', () => {
    const common = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
    const user = { runAsUser: 65_532, runAsGroup: 65_532, fsGroup: 65_532 };
    expect(podOf(release('minimal')).spec.securityContext).toEqual({ ...common, ...user });
    expect(podOf(release('openshift')).spec.securityContext).toEqual(common);
  });
});
