// Web configurations on which our verdict deliberately differs from that of exporter-toolkit v0.17.1.
import { hash } from './web-files.ts';
import { burst, curves, header, http2, interval, pair, suites, tls } from './web-texts.ts';

/** Where the verdicts differ: that of the toolkit, the text, ours. docs/adr/0006-web-config.md gives the reasons. */
export const differences: readonly (readonly [go: 'ok' | 'refused', text: string, ours: 'ok' | 'refused'])[] = [
  ['ok', 'rate_limit: {}\n---\nbasic_auth_users: {}\n', 'refused'],
  ['ok', '  rate_limit: {}\nbasic_auth_users: {}', 'refused'],
  ['ok', 'rate_limit: {\nburst: 1\n}', 'refused'],
  ['ok', 'rate_limit: { <<: { burst: 1 }, <<: { burst: 2 } }', 'refused'],
  ['ok', '!!map { rate_limit: !anything {} }', 'refused'],
  ...['+5', '0x10', '017', '1_000', '1.5', '1e3', '9223372036854775807'].map(
    (number) => ['ok', burst(number), 'refused'] as const,
  ),
  ['ok', interval('1e9'), 'refused'],
  ['ok', suites('[~]'), 'refused'],
  ['ok', curves('[X25519, ~]'), 'refused'],
  ['ok', tls('  client_allowed_sans: [a, ~]'), 'refused'],
  ['ok', `basic_auth_users: { __proto__: ${hash} }`, 'refused'],
  ['ok', header('X-XSS-Protection: "\\x01"'), 'refused'],
  ['ok', pair('short.crt', 'short.key'), 'refused'],
  ['ok', pair('chain-damaged.crt', 'server.key'), 'refused'],
  ['ok', pair('headers.crt', 'server.key'), 'refused'],
  ['ok', tls('  client_auth_type: RequestClientCert\n  client_ca_file: /dev/null'), 'refused'],
  ['ok', tls('  client_auth_type: RequestClientCert\n  client_ca_file: large'), 'refused'],
  ['refused', pair('server.crt', 'rotten.key'), 'ok'],
  ['refused', pair('rare.crt', 'rare.key'), 'ok'],
  ['refused', '%YAML 1.2\n---\nrate_limit: {}', 'ok'],
  ['refused', 'rate_limit: {}\n\t\nbasic_auth_users: {}', 'ok'],
  ['refused', 'http_server_config: { headers: { X-XSS-Protection: a?b } }', 'ok'],
  ['refused', `basic_auth_users: { <<: { alice: ${hash} }, alice: ${hash} }`, 'ok'],
  ['refused', tls('  min_version: NULL'), 'ok'],
  ['refused', http2('"true"'), 'ok'],
];
