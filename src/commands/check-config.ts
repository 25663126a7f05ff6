// `check-config`: validates the configuration and every file that it names, without network access.

import { caPathOf, readCaFile } from '../config/ca-file.ts';
import type { Config } from '../config/config.ts';
import { readConfigFile } from '../config/config-file.ts';
import { createCredentialSearch } from '../config/credential-search.ts';
import { formatProblem } from '../files/yaml-document.ts';
import { readProxies } from '../http/proxy.ts';
import { Failure } from '../model/failure.ts';
import { readWebConfig } from '../web-config/read-web-config.ts';
import { credentialTools } from './process-tools.ts';
import { validate } from './validation.ts';

/** The result for one file: a summary of its content, or its problems. */
type Verdict = { contents: readonly string[] } | { problems: readonly string[] };

/**
 * Writes one summary line for each file, or one line for each problem and then their number.
 * @param webFile undefined: no web configuration @returns the exit status: 0 or 1
 */
export async function checkConfig(
  file: string,
  webFile: string | undefined,
  out: (text: string) => Promise<void>,
  error: (text: string) => Promise<void>,
): Promise<0 | 1> {
  const verdicts = [
    { name: file, verdict: await validateFile(file) },
    ...(webFile === undefined ? [] : [{ name: webFile, verdict: await validateWebFile(webFile) }]),
  ];
  for (const { name, verdict } of verdicts) {
    if ('contents' in verdict) {
      await out(`${name}: OK: ${verdict.contents.join(', ')}\n`);
      continue;
    }
    const lines = [...verdict.problems, `${name}: ${count(verdict.problems.length, 'problem')}`];
    await error(`${lines.join('\n')}\n`);
  }
  return verdicts.every(({ verdict }) => 'contents' in verdict) ? 0 : 1;
}

async function validateFile(file: string): Promise<Verdict> {
  const { config, problems } = await readConfigFile(file, validate);
  if (config === undefined) return { problems: problems.map(formatProblem) };
  const broken = await brokenSources(file, config);
  if (broken.length > 0) return { problems: broken };
  const checks = config.instances.reduce((sum, instance) => sum + instance.checks.length, 0);
  const { accounts, instances } = config;
  return { contents: [count(accounts.size, 'account'), count(instances.length, 'instance'), count(checks, 'check')] };
}

async function validateWebFile(file: string): Promise<Verdict> {
  const { config, problems } = await readWebConfig(file);
  if (config === undefined) return { problems: problems.map(formatProblem) };
  const { tls, users, headers, rateLimit } = config;
  return {
    contents: [
      tls === undefined ? 'no TLS' : `TLS with ${tls.clientAuth}`,
      count(users.size, 'user'),
      count(Object.keys(headers).length, 'header'),
      rateLimit === undefined ? 'no rate limit' : 'rate limit',
    ],
  };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Problems of credential sources, proxies and CA files that can be found without network access. */
async function brokenSources(file: string, config: Config): Promise<string[]> {
  const problems: string[] = [];
  const proxyFor = readProxies(process.env);
  for (const { name, provider, settings, secrets } of config.accounts.values()) {
    const report = ({ message }: Failure) => problems.push(`${file}: accounts.${name}: ${message}`);
    try {
      proxyFor(new URL(settings.endpoint.replaceAll('{region}', 'region')));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      report(error);
    }
    try {
      const caFile = caPathOf(config, name);
      if (caFile !== undefined) await readCaFile(caFile);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      report(error);
    }
    // Without a credential chain the environment variables may be set only where the exporter will run.
    const given = provider.credentials.some(({ env }) => (process.env[env] ?? '') !== '');
    if (Object.keys(secrets).length > 0 || (provider.usualCredentials === undefined && !given)) continue;
    let offline = true;
    const send = () => {
      offline = false;
      return Promise.reject(new Failure('network', 'offline'));
    };
    try {
      await createCredentialSearch(() => config, { ...credentialTools(), send })(name);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (offline) report(error);
    }
  }
  return problems;
}
