// What a release of the Helm chart consists of: rendered by helm, parsed, and looked at as the kubelet would.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { chart } from './helm.ts';

/** An object of Kubernetes; its parts are asserted, not assumed. */
// oxlint-disable-next-line typescript/no-explicit-any
export type KubernetesObject = { kind: string; metadata: Metadata; spec: any; data?: Record<string, string> };

interface Metadata {
  name: string;
  labels: Record<string, string>;
  annotations?: Record<string, string>;
}

/** What `helm template` printed. A helm that Go built takes itself for Kubernetes 1.20, so the version is always given. */
export function template(helm: string, valuesFile: string, flags: readonly string[] = []) {
  return spawnSync(
    helm,
    [
      'template',
      'release',
      chart,
      '--namespace=monitoring',
      '--kube-version=1.31.0',
      `--values=${valuesFile}`,
      ...flags,
    ],
    { encoding: 'utf8' },
  );
}

/** The objects of a release, read by the rules of YAML 1.1 as Kubernetes does. @throws when helm refuses the values */
export function render(helm: string, valuesFile: string, flags?: readonly string[]): KubernetesObject[] {
  const { status, stdout, stderr } = template(helm, valuesFile, flags);
  if (status !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout, { version: '1.1' }).map((document) => document.toJS() as KubernetesObject);
}

/** The object of a kind; there must be exactly one. */
export function only(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  const found = objects.filter((object) => object.kind === kind);
  if (found.length !== 1) throw new Error(`${found.length} objects of kind ${kind}`);
  return found[0] as KubernetesObject;
}

/** The Deployment or the StatefulSet. */
export function workloadOf(objects: readonly KubernetesObject[]): KubernetesObject {
  return only(
    objects.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet'),
    objects.some(({ kind }) => kind === 'StatefulSet') ? 'StatefulSet' : 'Deployment',
  );
}

/** The container of the exporter. */
// oxlint-disable-next-line typescript/no-explicit-any
export function containerOf(objects: readonly KubernetesObject[]): any {
  return workloadOf(objects).spec.template.spec.containers[0];
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
  const { volumes } = workloadOf(objects).spec.template.spec as { volumes: Volume[] };
  for (const { name, mountPath } of containerOf(objects).volumeMounts as { name: string; mountPath: string }[]) {
    const source = volumes.find((volume) => volume.name === name)?.secret;
    const content = source && secret(objects, source.secretName);
    for (const [key, value] of Object.entries(content ?? {})) {
      const path = join(root, mountPath, source?.items?.find((item) => item.key === key)?.path ?? key);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, value.replaceAll('/etc/clouddb-', `${root}/etc/clouddb-`));
    }
  }
}

interface Volume {
  name: string;
  secret?: { secretName: string; items?: { key: string; path: string }[] };
}

/** The environment that a pod gets from Secrets of the release. */
export function secretEnvironment(objects: readonly KubernetesObject[]): Record<string, string> {
  const sources = (containerOf(objects).envFrom ?? []) as { secretRef: { name: string } }[];
  return Object.assign({}, ...sources.map(({ secretRef }) => secret(objects, secretRef.name) ?? {})) as Record<
    string,
    string
  >;
}
