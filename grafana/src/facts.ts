// Queries of the facts of instances, and of compliant instances, for the fleet dashboard.
import { instanceFamilies as family, stateFamilies } from '../../src/metrics/catalogue.ts';
import { andOf, highest, identity, labelled, together, unlessOf, worst } from './queries.ts';

/** Labels that identify a key of an instance. */
export const keyLabels = ['key_id', 'key_alias', 'key_region', 'kms_cluster_id'] as const;

export const sslEnabled = worst(family.sslEnabled);
export const keyEnabled = worst(family.kmsKeyEnabled, { by: keyLabels });
export const keyCreated = worst(family.kmsKeyCreated, { by: keyLabels });
export const encryptedAtRest = worst(family.atRestEncryptionEnabled);
export const checkSuccess = worst(family.checkSuccess, { by: ['check'] });
export const unreadableField = worst(family.checkUnreadableField, { by: ['check', 'field'] });

const sslOn = `${sslEnabled} == 1`;
const sslOff = `${sslEnabled} == 0`;

/** Whether SSL is forced, for instances that support it and have SSL on. */
export const sslForced = andOf(andOf(worst(family.sslForced), `${worst(family.sslForceSupported)} == 1`), sslOn);

/** Whether the provider reports the certificate as valid; only with SSL on. */
export const certValid = unlessOf(worst(family.certValid), sslOff);

/** Whether the provider renews automatically; only with SSL on. */
export const autoRenewed = unlessOf(worst(family.certAutoRenewEnabled), sslOff);

/** When certificates expire. Of the CA certificates of one subject the last counts: it has replaced the others. */
const expiry = {
  server: worst(family.certNotAfter, { by: ['certificate', 'source', 'subject_cn'], where: 'certificate="server"' }),
  ca: highest(family.certNotAfter, { by: ['certificate', 'subject_cn'], where: 'certificate="ca"' }),
};

/** Remaining days of the certificates of these kinds. */
export function daysLeft(...kinds: readonly (keyof typeof expiry)[]): string {
  return `((${kinds.map((kind) => expiry[kind]).join(' or ')}) - time()) / 86400`;
}

/** The checks of each instance that can report when its server certificate expires. */
const serverCertificateChecks = unlessOf(
  andOf(checkSuccess, `${stateFamilies.factInfo.name}{fact="server_certificate"}`, 'provider, check'),
  family.checkUnsupported.name,
  `${identity}, check`,
);

/** Instances with SSL on whose check can report the expiry of the server certificate, and does not. */
export const certificateUnknown = unlessOf(
  andOf(sslOn, serverCertificateChecks),
  worst(family.certNotAfter, { where: 'certificate="server"' }),
);

/** 1 for an instance whose known facts are all compliant, 0 if one is not; absent if no fact is known. */
export const compliant = `min by (provider, account, cloud_region, instance_id) (\n${together([
  labelled(sslEnabled, { fact: 'ssl' }),
  labelled(sslForced, { fact: 'forced' }),
  labelled(encryptedAtRest, { fact: 'at rest' }),
  labelled(certValid, { fact: 'valid' }),
  labelled(`(${daysLeft('server', 'ca')}) > bool 0`, { fact: 'not expired' }),
])}\n)`;
