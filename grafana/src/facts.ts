// What the queries of the fleet dashboard ask about an instance: its facts, and what is compliant.
import { instanceFamilies as family, stateFamilies } from '../../src/metrics/catalogue.ts';
import { andOf, identity, labelled, together, unlessOf, worst } from './queries.ts';

const certificateLabels = ['certificate', 'source', 'subject_cn'] as const;

/** Labels that tell the keys of an instance apart. */
export const keyLabels = ['key_id', 'key_alias', 'key_region', 'kms_cluster_id'] as const;

export const sslEnabled = worst(family.sslEnabled);
export const keyEnabled = worst(family.kmsKeyEnabled, { by: keyLabels });
export const keyCreated = worst(family.kmsKeyCreated, { by: keyLabels });
export const encryptedAtRest = worst(family.atRestEncryptionEnabled);
export const checkSuccess = worst(family.checkSuccess, { by: ['check'] });

const sslOn = `${sslEnabled} == 1`;
const sslOff = `${sslEnabled} == 0`;

/** Whether SSL is forced, where it can be and SSL is on. */
export const sslForced = andOf(andOf(worst(family.sslForced), `${worst(family.sslForceSupported)} == 1`), sslOn);

/** Whether the cloud calls the certificate valid; without SSL there is none. */
export const certValid = unlessOf(worst(family.certValid), sslOff);

/** Whether the cloud renews by itself; without SSL there is nothing to renew. */
export const autoRenewed = unlessOf(worst(family.certAutoRenewEnabled), sslOff);

/** Days that the certificates of a kind (`server`, `ca`, or both) have left. */
export function daysLeft(certificate: 'server' | 'ca' | 'server|ca'): string {
  const matcher = certificate.includes('|') ? `certificate=~"${certificate}"` : `certificate="${certificate}"`;
  return `(${worst(family.certNotAfter, { by: certificateLabels, where: matcher })} - time()) / 86400`;
}

/** The checks of each instance that can report when its server certificate expires. */
const serverCertificateChecks = unlessOf(
  andOf(checkSuccess, `${stateFamilies.factInfo.name}{fact="server_certificate"}`, 'provider, check'),
  family.checkUnsupported.name,
  `${identity}, check`,
);

/** Instances with SSL on of which a check can report when the server certificate expires, and has not. */
export const certificateUnknown = unlessOf(
  andOf(sslOn, serverCertificateChecks),
  worst(family.certNotAfter, { where: 'certificate="server"' }),
);

/** 1 for an instance of which all known facts are good, 0 for one with a bad one; nothing where nothing is known. */
export const compliant = `min by (provider, account, cloud_region, instance_id) (\n${together([
  labelled(sslEnabled, { fact: 'ssl' }),
  labelled(sslForced, { fact: 'forced' }),
  labelled(encryptedAtRest, { fact: 'at rest' }),
  labelled(certValid, { fact: 'valid' }),
  labelled(`(${daysLeft('server|ca')}) > bool 0`, { fact: 'not expired' }),
])}\n)`;
