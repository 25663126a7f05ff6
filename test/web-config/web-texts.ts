// Web configurations around one setting.
import { hash } from './web-files.ts';

export const tls = (more: string) => `tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n${more}`;
export const pair = (cert: string, key: string) => `tls_server_config: { cert_file: ${cert}, key_file: ${key} }`;
export const suites = (names: string) => tls(`  cipher_suites: ${names}`);
export const curves = (names: string) => tls(`  curve_preferences: ${names}`);
export const header = (line: string) => `http_server_config:\n  headers:\n    ${line}`;
export const user = (text: string) => `basic_auth_users:\n  alice: ${text}`;
export const cost = (text: string) => user(`$2y$${text}$${hash.slice(7)}`);
export const burst = (text: string) => `rate_limit: { burst: ${text} }`;
export const interval = (text: string) => `rate_limit: { burst: 1, interval: ${text} }`;
export const http2 = (text: string) => `http_server_config: { http2: ${text} }`;

/** The text on one line of at most 60 characters, with its beginning and its end, for the name of a test. */
export function shortText(text: string): string {
  const line = text
    .replaceAll(hash, 'HASH')
    .replace('  cert_file: server.crt\n  key_file: server.key\n', '  …')
    .replaceAll(/\s+/g, ' ');
  return line.length <= 60 ? line : `${line.slice(0, 29)} … ${line.slice(-28)}`;
}
