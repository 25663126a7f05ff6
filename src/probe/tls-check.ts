// Check `tls`: what the database itself serves, whatever the API says.
import { type Check, type CheckAnswer, type CheckContext, caCheckName, tlsCheckName } from '../model/check.ts';
import {
  addressKey,
  addressText,
  type DatabaseAddress,
  parseDatabaseAddress,
  protocolPorts,
} from '../model/database.ts';
import type { Facts, Probed } from '../model/facts.ts';
import { Failure } from '../model/failure.ts';
import type { Provider } from '../model/provider.ts';
import { type ProbeResult, probeTls } from './probe.ts';

/** Adds the check to a provider whose databases the probe can reach. */
export function withTlsCheck(provider: Provider): Provider {
  const { database, checks } = provider;
  return database === undefined ? provider : { ...provider, checks: [...checks, tlsCheck(database)] };
}

function tlsCheck({ protocol: usual, hintsFrom }: NonNullable<Provider['database']>): Check {
  return {
    name: tlsCheckName,
    optIn: 'tls_probe',
    // Address and CA certificates are hints of this check.
    after: [...hintsFrom, caCheckName],
    facts: {
      tls_accepted: 'TLS handshake with the database',
      tls_version: 'TLS handshake with the database',
      server_certificate: 'certificate that the database serves',
      ca_certificate: 'certificates that the database serves',
      cert_trusted: 'chain that the database serves',
      cert_hostname_match: 'certificate that the database serves',
      plaintext_accepted: 'start of a session without TLS, where plaintext is true',
    },
    async run({ instance: { tlsProbe, checks }, hints, database, timeoutMs, signal }) {
      const { protocol = usual, serverName, caFile, plaintext = false } = tlsProbe ?? {};
      const { host, port = protocolPorts[protocol] } = tlsProbe?.address ?? reported(hints);
      const file = caFile === undefined ? undefined : await database.readCa(caFile).catch(failureOf);
      const ca = typeof file === 'string' ? file : (tlsProbe?.ca ?? hints.caCertificates);
      const result = await probeTls(
        { host, port, protocol, serverName },
        { ca, plaintext, timeoutMs, signal },
        { connect: database.connect, turn: () => database.turn(addressKey({ host, port })) },
      );
      const answer = answerOf(result, { address: addressText({ host, port }), serverName: serverName ?? host });
      const failure = answer.failure ?? (file instanceof Failure ? file : undefined);
      // The right certificates exist and are not known now: that others do not fit shows nothing. All else is known.
      const isPending = ca === undefined && hints.caUrl !== undefined && checks.includes(caCheckName);
      if (!isPending && !(file instanceof Failure)) return { ...answer, failure };
      return { ...answer, failure, facts: { ...answer.facts, certTrusted: undefined, certDistrust: undefined } };
    },
  };
}

function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  throw error;
}

/** @throws {Failure} instance_state */
function reported({ connectAddress }: CheckContext['hints']): DatabaseAddress {
  const address = connectAddress === undefined ? undefined : parseDatabaseAddress(connectAddress.trim());
  if (address !== undefined) return address;
  const cause =
    connectAddress === undefined
      ? 'the API has reported no address of the database, which it may do only while SSL is on'
      : 'the address of the database that the API reports is not valid';
  throw new Failure('instance_state', `${cause}; set tls_probe.address`);
}

const ofHandshake = [
  'tlsSession',
  'certTrusted',
  'certDistrust',
  'certHostnameMatch',
  'certNameSource',
  'certNames',
  'certificates',
] as const;

/** What a probe shows, as facts. */
export function answerOf({ tls, certificates, failure, ...result }: ProbeResult, probed: Probed): CheckAnswer {
  const facts: Facts = {
    tlsAccepted: result.tlsAccepted,
    plaintextAccepted: result.plaintextAccepted,
    tlsSession: tls,
    certTrusted: result.trusted,
    certDistrust: result.distrust,
    certHostnameMatch: result.nameMatches,
    certNameSource: result.nameSource,
    certNames: result.names,
    // The message of a failure has the address, too.
    probed: result.tlsAccepted === undefined && result.plaintextAccepted === undefined ? undefined : probed,
    certificates: certificates.length === 0 ? undefined : certificates,
  };
  // What the handshake did not show is no more, though the session without TLS failed.
  const absent = result.tlsAccepted === undefined ? [] : ofHandshake.filter((name) => facts[name] === undefined);
  return { facts, failure, absent };
}
