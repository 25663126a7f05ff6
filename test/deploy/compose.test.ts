// The compose file: that what it names exists and fits together, by both ways of starting it.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const file = resolve(import.meta.dirname, '../../deploy/compose.yaml');
const root = dirname(dirname(file));
const dockerfile = readFileSync(resolve(root, 'Dockerfile'), 'utf8');

interface Service {
  image: string;
  build?: { context: string };
  entrypoint?: string[];
  command?: string[];
  environment?: string[] | Record<string, string>;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  healthcheck?: { test?: string[]; interval?: string; start_period?: string };
  volumes: (string | { type: string; source: string; target: string; read_only: boolean })[];
  ports: string[];
}

interface Mount {
  source: string;
  target: string;
  readOnly: boolean;
}

/** The file as compose sees it, with variables replaced in values. */
function load(env: Record<string, string> = {}) {
  const raw = JSON.stringify(parse(readFileSync(file, 'utf8'), { merge: true }));
  return JSON.parse(raw, (_, value: unknown) => (typeof value === 'string' ? interpolate(value, env) : value)) as {
    services: Record<string, Service>;
    volumes: Record<string, null>;
  };
}

/** Replaces what the file uses of compose's syntax: `$$`, `${NAME:-default}` and `${NAME:+replacement}`. */
function interpolate(text: string, env: Record<string, string>): string {
  return text.replaceAll(
    /\$(?:(\$)|\{(\w+):([-+])([^}]*)\})/g,
    (_, dollar = '', name = '', operator = '', word = '') => {
      if (dollar !== '') return '$';
      const value = env[name] ?? '';
      if (operator === '+') return value === '' ? '' : word;
      return value === '' ? word : value;
    },
  );
}

/** Folders and files of the host that a service sees; named volumes are left out. */
function mountsOf({ volumes }: Service): Mount[] {
  return volumes.flatMap((volume) => {
    if (typeof volume !== 'string') {
      return [{ source: resolve(dirname(file), volume.source), target: volume.target, readOnly: volume.read_only }];
    }
    const [source = '', target = '', mode] = volume.split(':');
    if (!source.includes('/')) return [];
    return [{ source: resolve(dirname(file), source), target, readOnly: mode === 'ro' }];
  });
}

/** The file of the host behind a path in the container of a service. */
function hostPath(service: Service, path: string): string | undefined {
  const mount = mountsOf(service).find(({ target }) => path === target || path.startsWith(`${target}/`));
  return mount && mount.source + path.slice(mount.target.length);
}

/** What the exporter's entrypoint comes to; the program itself is not run. */
function exporterRuns(env?: Record<string, string>): string {
  const [shell = '', flag = '', script = '', ...args] = load(env).services['exporter']?.entrypoint ?? [];
  return execFileSync(shell, [flag, script.replace('exec node', 'echo'), ...args], { encoding: 'utf8' }).trim();
}

const { services, volumes } = load();
const each = Object.entries(services);

describe('deploy/compose.yaml', () => {
  it('starts the exporter, Prometheus, Alertmanager and Grafana', () => {
    expect(Object.keys(services).toSorted()).toEqual(['alertmanager', 'exporter', 'grafana', 'prometheus']);
  });

  it('runs the demo fleet by default', () => {
    expect(exporterRuns()).toBe('/app/dist/main.js demo --web.listen-address=:10043');
    expect(exporterRuns({ CLOUDDB_CONFIG_DIR: '' })).toBe(exporterRuns());
  });

  it('runs a real configuration by one variable', () => {
    const env = { CLOUDDB_CONFIG_DIR: '/etc/clouddb' };
    const [mount] = mountsOf(load(env).services['exporter'] as Service);
    expect(exporterRuns(env)).toBe('/app/dist/main.js serve --web.listen-address=:10043');
    expect(mount).toEqual({ source: '/etc/clouddb', target: workingDirectory(), readOnly: true });
  });

  it('hands on the credentials that the example configuration names', () => {
    const example = readFileSync(resolve(root, 'config.example.yaml'), 'utf8');
    const named = [...example.matchAll(/_env: (\w+)/g)].map(([, name]) => name);
    expect(services['exporter']?.environment).toEqual(expect.arrayContaining(named));
  });

  it('writes no memory dump of the exporter, which would contain its secrets', () => {
    expect(services['exporter']).toMatchObject({ ulimits: { core: 0 } });
  });

  it.each(each)('%s sees only what exists on the host, and cannot write to it', (_name, service) => {
    for (const { source, readOnly } of mountsOf(service)) {
      expect([source, existsSync(source)]).toEqual([source, true]);
      expect(readOnly).toBe(true);
    }
  });

  it.each(each)('%s is pinned, hardened, checked for health, and listens on loopback only', (_name, service) => {
    expect(service.build ?? /:v?\d+\.\d+\.\d+$/.exec(service.image)).toBeTruthy();
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      healthcheck: { interval: expect.any(String) as string },
    });
    for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
  });

  it('counts no failure of the exporter while it may read a large configuration, as its image does', () => {
    const [, ofImage = ''] = /^HEALTHCHECK .*--start-period=(\S+)/m.exec(dockerfile) ?? [];
    expect(services['exporter']?.healthcheck?.start_period).toBe(ofImage);
    expect(Number(/^(\d+)s$/.exec(ofImage)?.[1])).toBeGreaterThanOrEqual(120);
  });

  it('keeps the data of each named volume, and names no volume that is not declared', () => {
    const used = each.flatMap(([, service]) =>
      service.volumes.filter((volume) => typeof volume === 'string').map((volume) => volume.split(':')[0] ?? ''),
    );
    expect(used.filter((name) => !name.includes('/')).toSorted()).toEqual(Object.keys(volumes).toSorted());
  });

  it.each(['prometheus', 'alertmanager'])('%s has the path of a mounted configuration', (name) => {
    const service = services[name] as Service;
    const path = service.command?.find((flag) => flag.startsWith('--config.file='))?.split('=')[1] ?? '';
    expect(existsSync(hostPath(service, path) ?? '')).toBe(true);
  });

  it('Prometheus finds the exporter and Alertmanager by their names and ports', () => {
    const config = parse(readFileSync(resolve(root, 'prometheus/prometheus.yml'), 'utf8')) as {
      alerting: { alertmanagers: { static_configs: { targets: string[] }[] }[] };
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    const targets = [...config.alerting.alertmanagers, ...config.scrape_configs].flatMap(({ static_configs }) =>
      static_configs.flatMap((entry) => entry.targets),
    );
    const served = each.flatMap(([name, { ports }]) => ports.map((port) => `${name}:${port.split(':')[2]}`));
    expect(served).toEqual(expect.arrayContaining(targets));
  });

  it('Grafana finds the dashboards where its provisioning looks for them', () => {
    const service = services['grafana'] as Service;
    const folder = resolve(root, 'grafana/provisioning/dashboards');
    const providers = readdirSync(folder).flatMap((name) => {
      const text = readFileSync(resolve(folder, name), 'utf8');
      return (parse(text) as { providers: { options: { path: string } }[] }).providers;
    });
    expect(providers).not.toEqual([]);
    for (const { options } of providers) {
      expect(hostPath(service, options.path)).toBe(resolve(root, 'grafana/dashboards'));
    }
  });
});

/** Where the image runs the program, and so looks for config.yaml. */
function workingDirectory(): string {
  return [...dockerfile.matchAll(/^WORKDIR (\S+)$/gm)].at(-1)?.[1] ?? '';
}
