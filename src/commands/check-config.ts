// `check-config`: validates the configuration and every file that it names, without network access.

import type { Config } from '../config/config.ts';
import { readConfigFile } from '../config/config-file.ts';
import { findOwnCredentials } from '../config/credential-search.ts';
import { nothingToWatch, validateConfig } from '../config/validate.ts';
import { validateWithSecrets } from '../config/validate-with-secrets.ts';
import { problemLines } from '../files/problem-lines.ts';
import { shownName } from '../files/shown-name.ts';
import type { Problem } from '../files/yaml-document.ts';
import { readProxies } from '../http/proxy.ts';
import { Failure } from '../model/failure.ts';
import { countText } from '../model/wording.ts';
import { readWebConfig } from '../web-config/read-web-config.ts';
import { describeConfig } from './describe-config.ts';
import { credentialTools } from './process-tools.ts';
import { validationContext } from './validation.ts';

/** The result for one file: what was understood of it, or its problems. */
interface Verdict {
  file: string;
  problems: readonly Problem[];
  warnings?: readonly Problem[];
  contents?: readonly string[];
  /** Lines below the summary. */
  details?: readonly string[];
}

/** What is validated. */
export interface CheckedFiles {
  configFile: string;
  /** undefined: no web configuration. */
  webConfigFile: string | undefined;
  /** Whether secrets and files that the configuration names are left out. */
  syntaxOnly: boolean;
}

/**
 * Writes for each file one summary line, what was understood and the warnings; or one line for each problem and then
 * their number.
 * @returns the exit status: 0 or 1
 */
export async function checkConfig(
  { configFile, webConfigFile, syntaxOnly }: CheckedFiles,
  out: (text: string) => Promise<void>,
  error: (text: string) => Promise<void>,
): Promise<0 | 1> {
  const verdicts = [
    await validateFile(configFile, syntaxOnly),
    ...(webConfigFile === undefined ? [] : [await validateWebFile(webConfigFile, syntaxOnly)]),
  ];
  for (const { file, problems, warnings = [], contents = [], details = [] } of verdicts) {
    const isValid = problems.length === 0;
    const counted = warnings.length === 0 ? [] : [countText(warnings.length, 'warning')];
    const lines = isValid
      ? [`${file}: OK: ${[...contents, ...counted].join(', ')}`, ...details, ...problemLines(warnings)]
      : [
          ...problemLines([...problems, ...warnings]),
          `${file}: ${[countText(problems.length, 'problem'), ...counted].join(', ')}`,
        ];
    await (isValid ? out : error)(`${lines.join('\n')}\n`);
  }
  return verdicts.every(({ problems }) => problems.length === 0) ? 0 : 1;
}

async function validateFile(file: string, syntaxOnly: boolean): Promise<Verdict> {
  const context = validationContext();
  const {
    config,
    problems = [],
    warnings = [],
  } = await readConfigFile(file, (name, text) =>
    syntaxOnly ? validateConfig(name, text, context) : validateWithSecrets(name, text, context, process.env),
  );
  // The exporter would run without reporting anything.
  const isEmpty = ({ message }: Problem) => message === nothingToWatch;
  const found = config?.warnings ?? warnings;
  const empty = found.filter(isEmpty).map((warning) => ({ ...warning, severity: undefined }));
  const others = found.filter((warning) => !isEmpty(warning));
  const broken = syntaxOnly || config === undefined ? [] : await brokenSources(file, config);
  return {
    file,
    problems: [...problems, ...empty, ...broken],
    warnings: others,
    ...(config === undefined ? {} : { contents: contentsOf(config), details: describeConfig(config) }),
  };
}

function contentsOf({ accounts, instances }: Config): string[] {
  const checks = instances.reduce((sum, instance) => sum + instance.checks.length, 0);
  return [countText(accounts.size, 'account'), countText(instances.length, 'instance'), countText(checks, 'check')];
}

async function validateWebFile(file: string, syntaxOnly: boolean): Promise<Verdict> {
  const { config, problems } = await readWebConfig(file, syntaxOnly);
  if (config === undefined) return { file, problems };
  const { tls, users, headers, rateLimit } = config;
  return {
    file,
    problems: [],
    contents: [
      syntaxOnly ? 'TLS not read' : tls === undefined ? 'no TLS' : `TLS with ${tls.clientAuth}`,
      countText(users.size, 'user'),
      countText(Object.keys(headers).length, 'header'),
      rateLimit === undefined ? 'no rate limit' : 'rate limit',
    ],
  };
}

/** Problems of credential sources and proxies that can be found without network access. */
async function brokenSources(file: string, config: Config): Promise<Problem[]> {
  const problems: Problem[] = [];
  const proxyFor = readProxies(process.env);
  for (const account of config.accounts.values()) {
    const { name, provider, settings, secrets } = account;
    const report = (message: string) =>
      problems.push({ file, line: 0, column: 0, path: `accounts.${shownName(name)}`, message });
    const reportFailure = (error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      report(error.message);
    };
    try {
      proxyFor(new URL(settings.endpoint.replaceAll('{region}', 'region')));
    } catch (error) {
      reportFailure(error);
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
      const { warning } = await findOwnCredentials(account, config.folder, { ...credentialTools(), send })();
      if (warning !== undefined) report(warning);
    } catch (error) {
      if (!(error instanceof Failure) || offline) reportFailure(error);
    }
  }
  return problems;
}
