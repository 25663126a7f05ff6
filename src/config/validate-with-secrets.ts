// Validates a configuration with its secrets and CA files, for check-config: each is read once.
import { folderOf } from '../files/descriptor.ts';
import { asObject } from '../files/parse-part.ts';
import { byLine, type Path } from '../files/yaml-document.ts';
import { Failure } from '../model/failure.ts';
import { caFileIn, readCaFile } from './ca-file.ts';
import { describeSource, readSecret, type SecretSource, settingOf } from './secret.ts';
import { secretFlaw } from './secret-flaw.ts';
import { parseConfig, placeOf, type Validation, type ValidationContext, validateDocument } from './validate.ts';

/**
 * As validateConfig; a secret or CA file that cannot be read, or does not look like one, is a problem. None is repeated.
 */
export async function validateWithSecrets(
  file: string,
  text: string,
  context: ValidationContext,
  env: NodeJS.ProcessEnv,
): Promise<Validation> {
  const folder = folderOf(file);
  const document = parseConfig(file, text, context);
  const { validation, secrets } = validateDocument(document, file, context);
  const problems = [...(validation.problems ?? [])];
  const reported = new Set(problems.map(placeOf));
  const report = (path: Path, fault: string | undefined) => {
    if (fault === undefined) return;
    const problem = document.problem(path, fault);
    if (!reported.has(placeOf(problem))) problems.push(problem);
  };
  for (const [account, sources] of secrets) {
    for (const [field, source] of Object.entries(sources)) {
      const path = ['accounts', account, settingOf(field, source)];
      report(path, await faultOf(() => secretFault(source, env, folder)));
    }
  }
  const faults = new Map<string, Promise<string | undefined>>();
  for (const { path, file } of caFilesIn(document.value)) {
    const fault = faults.get(file) ?? faultOf(() => readCaFile(caFileIn(folder, file)));
    faults.set(file, fault);
    report(path, await fault);
  }
  if (problems.length === 0) return validation;
  const warnings = validation.config === undefined ? (validation.warnings ?? []) : [...validation.config.warnings];
  return { problems: problems.toSorted(byLine), warnings };
}

/** All settings that name a CA file. */
function caFilesIn(value: unknown): { path: Path; file: string }[] {
  const { accounts, instances } = asObject(value) ?? {};
  const owners: { path: Path; settings: unknown }[] = [
    ...Object.entries(asObject(accounts) ?? {}).map(([name, settings]) => ({ path: ['accounts', name], settings })),
    ...(Array.isArray(instances) ? instances : []).map((settings: unknown, at) => ({
      path: ['instances', at],
      settings,
    })),
  ];
  return owners.flatMap(({ path, settings }) =>
    [[], ['tls_probe']].flatMap((inner) => {
      const file = asObject(inner.reduce((at: unknown, key) => asObject(at)?.[key], settings))?.['ca_file'];
      return typeof file === 'string' && file !== '' ? [{ path: [...path, ...inner, 'ca_file'], file }] : [];
    }),
  );
}

async function secretFault(source: SecretSource, env: NodeJS.ProcessEnv, folder: string): Promise<string | undefined> {
  const flaw = secretFlaw(await readSecret(source, env, folder));
  return flaw === undefined ? undefined : `${describeSource(source, folder)} ${flaw}`;
}

/** What the check returns, if it is a text, or the message of its failure. */
async function faultOf(check: () => Promise<unknown>): Promise<string | undefined> {
  try {
    const fault = await check();
    return typeof fault === 'string' ? fault : undefined;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.message;
  }
}
