// Findings that follow from facts: on the wire, of certificates, at rest.
import { cleanText } from '../model/clean-text.ts';
import { type EncryptionKey, type Facts, isEncryptedAtRest } from '../model/facts.ts';
import { certificateRows } from './certificate-rows.ts';
import { type Case, type Row, when } from './row.ts';
import { unencryptedTenants } from './tenants.ts';

const refuseAdvice =
  'Refuse connections without TLS once all clients use it: passwords and data can cross the network unencrypted until then.';
const notEnforcedAdvice =
  'If the API reports SSL as forced, the database does not enforce it: force SSL again, or contact the vendor.';

/** Versions of TLS that RFC 8996 forbids, as a session of Node names them. */
export const outdatedTls: readonly string[] = ['TLSv1', 'TLSv1.1'];

const wire: Row[] = [
  {
    kind: 'ssl_disabled',
    alert: 'CloudDBSSLDisabled',
    aspect: 'wire',
    title: 'SSL is off',
    holds: 'SSL is off.',
    severities: ['critical'],
    advice: 'Enable SSL. Passwords and data cross the network unencrypted until then.',
    cases: ({ facts }) => when(facts.sslEnabled === false, 'critical'),
  },
  {
    kind: 'ssl_not_forced',
    alert: 'CloudDBSSLNotForced',
    aspect: 'wire',
    title: 'SSL is not forced',
    holds: 'SSL is on but not forced, although this edition can force it.',
    severities: ['warning'],
    advice: 'Force SSL once all clients use it: unencrypted connections are accepted until then.',
    cases: ({ facts }) =>
      when(facts.sslEnabled === true && facts.sslForced === false && facts.sslForceSupported === true, 'warning'),
  },
  {
    kind: 'plaintext_accepted',
    alert: 'CloudDBPlaintextAccepted',
    aspect: 'wire',
    title: 'Connection without TLS accepted',
    holds:
      'A connection without TLS gets as far as authentication: critical if the API reports SSL as forced, otherwise a warning.',
    severities: ['critical', 'warning'],
    advice: `${refuseAdvice} ${notEnforcedAdvice}`,
    cases({ facts: { plaintextAccepted, sslForced } }) {
      if (plaintextAccepted !== true) return [];
      return sslForced === true
        ? [{ severity: 'critical', detail: 'the API reports SSL as forced', advice: notEnforcedAdvice }]
        : [{ severity: 'warning', advice: refuseAdvice }];
    },
  },
  {
    kind: 'tls_refused',
    alert: 'CloudDBTLSRefused',
    aspect: 'wire',
    title: 'Database refuses TLS',
    holds: 'The API reports SSL as on, but the database does not accept TLS.',
    severities: ['critical'],
    advice:
      'Check that the probed address is that of the database. If it is, disable and enable SSL, or contact the vendor.',
    cases: ({ facts }) => when(facts.sslEnabled === true && facts.tlsAccepted === false, 'critical'),
  },
  {
    kind: 'tls_outdated',
    alert: 'CloudDBTLSOutdated',
    aspect: 'wire',
    title: 'TLS version outdated',
    holds: 'The database negotiates TLS 1.0 or 1.1 at best (RFC 8996 forbids both).',
    severities: ['warning'],
    advice: 'Allow TLS 1.2 or later on the database; upgrade it if it supports neither.',
    cases: ({ facts: { tlsSession } }) =>
      when(outdatedTls.includes(tlsSession?.version ?? ''), 'warning', tlsSession?.version),
  },
];

const keyName = ({ id, alias }: EncryptionKey) => `key ${cleanText(alias) || cleanText(id) || 'without a name'}`;

const enableAdvice = 'Enable the key: data encrypted with a disabled key cannot be read after a restart.';

const tenantAdvice = 'Enable encryption (TDE) for each of these tenants, or accept the finding.';
const instanceAdvice = 'Most clouds can encrypt only a new instance: plan a migration, or accept the finding.';

/** Where the keys are known: whether there are any. They can be disabled, and the data is encrypted all the same. */
function unencrypted(facts: Facts): Case[] {
  const tenants = unencryptedTenants(facts);
  const advice = tenants === '' ? instanceAdvice : tenantAdvice;
  const holds = facts.keys === undefined ? isEncryptedAtRest(facts) === false : facts.keys.length === 0;
  return holds ? [{ severity: 'warning', detail: tenants, advice }] : [];
}

const atRest: Row[] = [
  {
    kind: 'not_encrypted_at_rest',
    alert: 'CloudDBNotEncryptedAtRest',
    aspect: 'at_rest',
    title: 'Not encrypted at rest',
    holds:
      'The list of keys is empty; or, if the provider has no such list, a tenant is not encrypted, or the provider reports no encryption.',
    severities: ['warning'],
    advice: `${instanceAdvice} For a tenant: enable its encryption (TDE).`,
    cases: ({ facts }) => unencrypted(facts),
  },
  {
    kind: 'key_disabled',
    alert: 'CloudDBKMSKeyDisabled',
    aspect: 'at_rest',
    title: 'Encryption key disabled',
    holds: 'A key is disabled: critical when no key of the instance is enabled, otherwise information.',
    severities: ['critical', 'info'],
    advice: `${enableAdvice} If another key is enabled, this one may have been replaced: delete or re-enable it.`,
    cases({ facts: { keys = [] } }) {
      const disabled = keys.filter(({ enabled }) => enabled === false);
      const isOther = keys.some(({ enabled }) => enabled === true);
      const severity = isOther ? 'info' : 'critical';
      const advice = isOther ? 'It may have been replaced; delete or re-enable it.' : enableAdvice;
      return disabled.map((key) => ({ severity, detail: keyName(key), advice }));
    },
  },
  {
    kind: 'key_old',
    alert: 'CloudDBKMSKeyOld',
    aspect: 'at_rest',
    title: 'Encryption key is old',
    holds: 'An enabled key is older than `key_age`.',
    severities: ['info'],
    advice: 'Rotate the key if your policy requires it.',
    cases: ({ facts: { keys = [] }, thresholds, nowMs }) =>
      keys.flatMap((key) => {
        const { enabled, createdSeconds } = key;
        const old = createdSeconds !== undefined && nowMs - createdSeconds * 1000 > thresholds.keyAge;
        return when(old && enabled !== false, 'info', keyName(key));
      }),
  },
];

/** All of them. */
export const factRows: readonly Row[] = [...wire, ...certificateRows, ...atRest];
