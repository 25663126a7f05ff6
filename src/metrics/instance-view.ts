// What an exposition shows of each instance, with all labels encoded. What did not change is encoded once, not per scrape.
import { cleanText } from '../model/clean-text.ts';
import type { Certificate, EncryptionKey, Facts, Tenant } from '../model/facts.ts';
import type { Instance } from '../model/instance.ts';
import type { Knowledge } from '../model/knowledge.ts';
import { createPace } from '../model/pace.ts';
import { identityLabels } from './catalogue.ts';
import { labelPair, labelPairs } from './encode.ts';
import { certificateLabels, keyLabels, seenLabels, sessionLabels, tenantLabels } from './instance-families.ts';

/** Something with the labels that distinguish it from others of the same instance, encoded. */
type Labelled<T> = T & { pairs: string };

/** The certificates of an instance. */
interface LabelledCertificates {
  certificates: readonly Labelled<Pick<Certificate, 'certificate' | 'notAfterSeconds' | 'notBeforeSeconds'>>[];
  /** The encoded labels of each that is seen itself, with its issuer and fingerprint. */
  seen: readonly string[];
}

/** The facts of an instance that have additional labels. */
interface LabelledFacts extends LabelledCertificates {
  /** The encoded labels of the TLS session. */
  session: string | undefined;
  keys: readonly Labelled<Pick<EncryptionKey, 'enabled' | 'createdSeconds'>>[];
  tenants: readonly Labelled<Pick<Tenant, 'encrypted'>>[];
}

/** One instance in the exposition. */
export interface InstanceView {
  knowledge: Knowledge;
  /** The encoded labels of every series of the instance. */
  pairs: string;
  engine: string;
  labelled: LabelledFacts;
}

/** What the views are created from. */
export interface ViewInput {
  instances: readonly Knowledge[];
  /** Value of the label `engine` for the instances of an account. */
  engineOf: (account: string) => string;
  /** Names of the own labels of all instances; labels that an instance does not set are empty. */
  ownLabels: readonly string[];
}

/** The views of a fleet. */
export interface Views {
  /** Lets the event loop run in between. */
  of: (input: ViewInput) => Promise<readonly InstanceView[]>;
}

/** Creates a source of views, which takes over from the views of before what did not change. */
export function createViews(): Views {
  let last: { ownLabels: readonly string[]; views: readonly InstanceView[] } = { ownLabels: [], views: [] };
  return {
    async of({ instances, engineOf, ownLabels }) {
      const before = last.ownLabels === ownLabels ? last.views : [];
      const pace = createPace();
      const views: InstanceView[] = [];
      for (const [index, knowledge] of instances.entries()) {
        views.push(viewOf(knowledge, engineOf(knowledge.instance.account), ownLabels, before[index]));
        if (pace.isDue()) await pace.rest();
      }
      last = { ownLabels, views };
      return views;
    },
  };
}

/**
 * The view of one instance.
 * @param before an earlier view, of the same instance as long as the fleet is the same
 */
export function viewOf(
  knowledge: Knowledge,
  engine: string,
  ownLabels: readonly string[],
  before?: InstanceView,
): InstanceView {
  const { instance, facts } = knowledge;
  if (before?.knowledge === knowledge && before.engine === engine) return before;
  const pairs = before?.knowledge.instance === instance ? before.pairs : commonPairs(instance, ownLabels);
  const labelled = before?.knowledge.facts === facts ? before.labelled : labelledFacts(facts);
  return { knowledge, pairs, engine, labelled };
}

const nothingLabelled: LabelledFacts = { certificates: [], seen: [], session: undefined, keys: [], tenants: [] };

function labelledFacts({ certificates, tlsSession, keys, tenants }: Facts): LabelledFacts {
  if ((certificates ?? tlsSession ?? keys ?? tenants) === undefined) return nothingLabelled;
  return {
    ...(certificates === undefined ? nothingLabelled : labelledCertificates(certificates)),
    session: tlsSession && labelPairs(sessionLabels, [tlsSession.version, tlsSession.cipher].map(cleanText)),
    keys: distinct((keys ?? []).map(labelledKey), lower),
    tenants: distinct((tenants ?? []).map(labelledTenant), lower),
  };
}

function commonPairs(instance: Instance, ownLabels: readonly string[]): string {
  const { provider, account, region, id, name, labels } = instance;
  // hasOwn: a label can have the name of an inherited property, such as `constructor`.
  const own = ownLabels.map((label) => (Object.hasOwn(labels, label) ? (labels[label] ?? '') : ''));
  return labelPairs([...identityLabels, ...ownLabels], [provider, account, region, id, name, ...own]);
}

/** By list: most instances of a cloud have the same CA certificates, in the same list. */
const knownLists = new WeakMap<readonly Certificate[], LabelledCertificates>();

function labelledCertificates(list: readonly Certificate[]): LabelledCertificates {
  let labelled = knownLists.get(list);
  if (labelled === undefined) {
    const all = list.map(labelledCertificate);
    labelled = {
      certificates: distinct(all, currentCertificate),
      seen: [...new Set(all.flatMap(({ seen }) => seen ?? []))],
    };
    knownLists.set(list, labelled);
  }
  return labelled;
}

type LabelledCertificate = LabelledCertificates['certificates'][number] & { seen: string | undefined };

/** By certificate: the lists of databases that are probed differ, and have most CA certificates in common. */
const knownCertificates = new WeakMap<Certificate, LabelledCertificate>();

function labelledCertificate(one: Certificate): LabelledCertificate {
  let labelled = knownCertificates.get(one);
  if (labelled === undefined) {
    const { certificate, source, subjectCn, serial = '', notAfterSeconds, notBeforeSeconds } = one;
    const pairs = labelPairs(certificateLabels, [certificate, source, cleanText(subjectCn), serial]);
    labelled = { pairs, seen: seenPairs(one, pairs), certificate, notAfterSeconds, notBeforeSeconds };
    knownCertificates.set(one, labelled);
  }
  return labelled;
}

function seenPairs({ issuerCn = '', fingerprintSha256 }: Certificate, pairs: string): string | undefined {
  if (fingerprintSha256 === undefined) return undefined;
  return `${pairs},${labelPairs(seenLabels, [cleanText(issuerCn), fingerprintSha256])}`;
}

/**
 * Of two certificates with the same labels, e.g. a CA that was renewed with its serial number: the CA certificate that
 * expires last, as in the findings; the server certificate that expires first.
 */
function currentCertificate<T extends Pick<Certificate, 'certificate' | 'notAfterSeconds'>>(a: T, b: T): T {
  const [first, last] = a.notAfterSeconds <= b.notAfterSeconds ? [a, b] : [b, a];
  return a.certificate === 'ca' ? last : first;
}

function labelledKey({ id, alias, region, clusterId, enabled, createdSeconds }: EncryptionKey) {
  const pairs = labelPairs(keyLabels, [id, alias, region, clusterId].map(cleanText));
  return { pairs, enabled, createdSeconds };
}

function labelledTenant({ id, name, encrypted }: Tenant) {
  return { pairs: labelPairs(tenantLabels, [id, name].map(cleanText)), encrypted };
}

const checkPairs = new Map<string, string>();

/** The encoded label of a check. */
export function pairsOfCheck(check: string): string {
  let pairs = checkPairs.get(check);
  if (pairs === undefined) checkPairs.set(check, (pairs = labelPair('check', check)));
  return pairs;
}

/** Two things that an API distinguishes can have the same labels, e.g. after spaces are trimmed: they are merged. */
function distinct<T extends { pairs: string }>(all: readonly T[], merge: (a: T, b: T) => T): readonly T[] {
  if (all.length < 2) return all;
  const byPairs = new Map<string, T>();
  for (const one of all) {
    const known = byPairs.get(one.pairs);
    byPairs.set(one.pairs, known === undefined ? one : merge(known, one));
  }
  return [...byPairs.values()];
}

/** Of each value the lower, worse one. */
function lower<T extends Record<string, unknown>>(a: T, b: T): T {
  const values = Object.entries(b).map(([name, value]) => {
    const other = a[name];
    return [name, value === undefined || Number(other) <= Number(value) ? other : value];
  });
  return { ...b, ...Object.fromEntries(values) } as T;
}
