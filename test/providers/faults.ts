// Responses of a gateway, a proxy or a broken server, and the reason of each.
import type { Intercept } from '../../src/demo/simulated-api.ts';
import type { Reason } from '../../src/model/failure.ts';

type Responder = (response: Parameters<Intercept>[0]['response']) => void;

/** One fault. */
export interface Fault {
  what: string;
  reason: Reason;
  respond: Responder;
  retryAfterMs?: number;
}

const html = '<!doctype html><title>Sign in</title>';
const json = (body: string): Responder => {
  return (response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(body);
};
const status = (code: number, headers: Record<string, string> = {}, body = '{}'): Responder => {
  return (response) => response.writeHead(code, headers).end(body);
};

export const faults: readonly Fault[] = [
  { what: '401', reason: 'auth', respond: status(401) },
  { what: '403', reason: 'permission', respond: status(403) },
  { what: '404', reason: 'not_found', respond: status(404) },
  { what: '408', reason: 'timeout', respond: status(408) },
  { what: '418', reason: 'rejected', respond: status(418) },
  { what: '429', reason: 'rate_limited', respond: status(429) },
  {
    what: '429 with Retry-After',
    reason: 'rate_limited',
    respond: status(429, { 'Retry-After': '7' }),
    retryAfterMs: 7000,
  },
  { what: '500', reason: 'unavailable', respond: status(500) },
  { what: '502 with HTML', reason: 'unavailable', respond: status(502, { 'Content-Type': 'text/html' }, html) },
  {
    what: '503 with Retry-After',
    reason: 'unavailable',
    respond: status(503, { 'Retry-After': '120' }),
    retryAfterMs: 120_000,
  },
  { what: '302', reason: 'bad_response', respond: status(302, { Location: 'https://login.example.com/' }, html) },
  { what: '304', reason: 'bad_response', respond: status(304, {}, '') },
  { what: '200 with HTML', reason: 'bad_response', respond: status(200, { 'Content-Type': 'text/html' }, html) },
  { what: '200 with an empty body', reason: 'bad_response', respond: json('') },
  { what: '200 with spaces', reason: 'bad_response', respond: json(' \n') },
  { what: '200 with null', reason: 'bad_response', respond: json('null') },
  { what: '200 with truncated JSON', reason: 'bad_response', respond: json('{"data":{"state":"OP') },
  { what: '200 with a list', reason: 'bad_response', respond: json('[{"success":true}]') },
  { what: '200 with a number', reason: 'bad_response', respond: json('7') },
  { what: '200 with a string', reason: 'bad_response', respond: json('"ok"') },
  { what: '200 with true', reason: 'bad_response', respond: json('true') },
  { what: '200 with an empty object', reason: 'bad_response', respond: json('{}') },
];
