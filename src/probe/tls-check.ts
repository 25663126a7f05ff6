// Check `tls`: what the database itself serves, whatever the API says.
import { type Check, type CheckAnswer, type CheckContext, caCheckName, tlsCheckName } from '../model/check.ts';
import { addressText, type DatabaseAddress, parseDatabaseAddress, protocolPorts } from '../model/database.ts';
import type { Facts, Probed } from '../model/facts.ts';
import { Failure } from '../model/failure.ts';
import type { Provider } from '../model/provider.ts';
import { type ProbeResult, probeTls } from './probe.ts';

/** Adds the check to a provider whose databases the probe can reach. */
export function withTlsCheck(provider: Provider): Provider {
  const { database, checks } = provider;
  return database === undefined ? provider : { ...provider, checks: [...checks, tlsCheck(database)] };
}

function tlsCheck({ protocol: usual }: NonNullable<Provider['database']>): Check {
  return {
    name: tlsCheckName,
    optIn: 'tls_probe',
    // Address and CA certificates are hints of this check.
    after: ['ssl', caCheckName],
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
      const ca = caFile === undefined ? (tlsProbe?.ca ?? hints.caCertificates) : await database.readCa(caFile);
      const result = await probeTls(
        { host, port, protocol, serverName },
        { ca, plaintext, timeoutMs, signal },
        { connect: database.connect, turn: () => database.turn(addressText({ host, port })) },
      );
      // The right certificates exist and are not known now: that those of the system do not fit shows nothing.
      const isTrustKnown = ca !== undefined || hints.caUrl === undefined || !checks.includes(caCheckName);
      const answer = answerOf(result, { address: addressText({ host, port }), serverName: serverName ?? host });
      if (isTrustKnown) return answer;
      return { ...answer, facts: { ...answer.facts, certTrusted: undefined, certDistrust: undefined } };
    },
  };
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
    probed,
    certificates: certificates.length === 0 ? undefined : certificates,
  };
  return { facts, failure };
}
