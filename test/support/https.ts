// One request over TLS or plain HTTP, on its own connection: fetch supports neither CAs nor client certificates.
import { request as plainRequest, type RequestOptions } from 'node:http';
import { type RequestOptions as SecureOptions, request as secureRequest } from 'node:https';
import { text } from 'node:stream/consumers';

/** The response. */
export interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

/** @throws when there is no answer */
export function ask(url: string, options: RequestOptions & SecureOptions = {}): Promise<Answer> {
  const send = url.startsWith('https:') ? secureRequest : plainRequest;
  return new Promise((resolve, reject) => {
    send(url, { agent: false, ...options })
      .once('response', (response) => {
        const { statusCode: status = 0, headers } = response;
        text(response).then((body) => resolve({ status, headers, body }), reject);
      })
      .once('error', reject)
      .end();
  });
}

/** The header of a user and a password. */
export function basic(user: string, password: string): { Authorization: string } {
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}
