// What a release of the Helm chart consists of: rendered by helm, parsed, and looked at as the kubelet would.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { chart } from './helm.ts';

/** An object of Kubernetes; what its `spec` is depends on its kind. */
export interface KubernetesObject<Spec = unknown> {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels: Record<string, string>; annotations?: Record<string, string> };
  spec: Spec;
  data?: Record<string, string>;
}

/** What a Deployment and a StatefulSet have in common. */
export interface WorkloadSpec {
  replicas: number;
  serviceName?: string;
  template: { metadata: KubernetesObject['metadata']; spec: PodSpec };
}

/** As much of a pod as the tests look at. */
export interface PodSpec {
  serviceAccountName: string;
  securityContext: object;
  containers: [Container, ...Container[]];
  volumes: Volume[];
}

/** As much of a container as the tests look at. */
export interface Container {
  image: string;
  args: string[];
  env?: { name: string; value?: string; valueFrom?: object }[];
  envFrom?: { secretRef: { name: string } }[];
  ports: { name: string; containerPort: number }[];
  startupProbe: Probe;
  livenessProbe: Probe;
  readinessProbe: Probe;
  volumeMounts: { name: string; mountPath: string }[];
  securityContext: object;
}

/** What the kubelet asks, and how often before it acts; what is absent has Kubernetes' default. */
export interface Probe {
  httpGet: object;
  periodSeconds?: number;
  timeoutSeconds?: number;
  failureThreshold?: number;
}

/** A volume of a pod. */
export interface Volume {
  name: string;
  secret?: { secretName: string; defaultMode: number; items?: { key: string; path: string }[] };
  projected?: { defaultMode: number; sources: object[] };
}

/** What `helm template` printed. A helm that Go built takes every cluster for Kubernetes 1.20: the version is given. */
export function template(
  helm: string,
  valuesFile: string,
  flags: readonly string[] = [],
  { name = 'release', namespace = 'monitoring' } = {},
) {
  return spawnSync(
    helm,
    ['template', name, chart, `--namespace=${namespace}`, '--kube-version=1.31.0', `--values=${valuesFile}`, ...flags],
    { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 },
  );
}

/** The objects of a release, read by the rules of YAML 1.1 as Kubernetes does. @throws when helm refuses the values */
export function render(helm: string, valuesFile: string, flags?: readonly string[]): KubernetesObject[] {
  const { status, stdout, stderr } = template(helm, valuesFile, flags);
  if (status !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout, { version: '1.1' }).map((document) => document.toJS() as KubernetesObject);
}

/** The object of a kind; there must be exactly one. */
export function only<Spec>(objects: readonly KubernetesObject[], kind: string): KubernetesObject<Spec> {
  const found = objects.filter((object) => object.kind === kind);
  if (found.length !== 1) throw new Error(`${found.length} objects of kind ${kind}`);
  return found[0] as KubernetesObject<Spec>;
}

/** The Deployment or the StatefulSet. */
export function workloadOf(objects: readonly KubernetesObject[]): KubernetesObject<WorkloadSpec> {
  return only(objects, objects.some(({ kind }) => kind === 'StatefulSet') ? 'StatefulSet' : 'Deployment');
}

/** The pods of the workload. */
export function podOf(objects: readonly KubernetesObject[]): WorkloadSpec['template'] {
  return workloadOf(objects).spec.template;
}

/** The container of the exporter. */
export function containerOf(objects: readonly KubernetesObject[]): Container {
  return podOf(objects).spec.containers[0];
}

/** The contents of a Secret by key; undefined when the release does not bring it. */
export function secret(objects: readonly KubernetesObject[], name: string): Record<string, string> | undefined {
  const found = objects.find((object) => object.kind === 'Secret' && object.metadata.name === name);
  return (
    found &&
    Object.fromEntries(
      Object.entries(found.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
    )
  );
}

/** Writes the Secrets of the release that a pod mounts into a folder that stands for its root. */
export function mountSecrets(objects: readonly KubernetesObject[], root: string): void {
  const { volumes } = podOf(objects).spec;
  for (const { name, mountPath } of containerOf(objects).volumeMounts) {
    const source = volumes.find((volume) => volume.name === name)?.secret;
    const content = source && secret(objects, source.secretName);
    for (const [key, value] of Object.entries(content ?? {})) {
      const path = join(root, mountPath, source?.items?.find((item) => item.key === key)?.path ?? key);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, value.replaceAll('/etc/clouddb-', `${root}/etc/clouddb-`));
    }
  }
}

/** The environment that a pod gets from Secrets of the release. */
export function secretEnvironment(objects: readonly KubernetesObject[]): Record<string, string> {
  const contents = (containerOf(objects).envFrom ?? []).map(({ secretRef }) => secret(objects, secretRef.name));
  return Object.fromEntries(contents.flatMap((content) => Object.entries(content ?? {})));
}

/** The values files, good and bad. */
export const fixtures = resolve(import.meta.dirname, '../deploy/helm');

/** Renders each good values file once. @returns its objects, by its name without the ending */
export function createReleases(helm: string): (name: string) => KubernetesObject[] {
  const rendered = new Map<string, KubernetesObject[]>();
  return (name) => {
    const objects = rendered.get(name) ?? render(helm, join(fixtures, 'good', `${name}.yaml`));
    rendered.set(name, objects);
    return objects;
  };
}
