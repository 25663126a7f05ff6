// Validates a configuration with its secrets, for check-config: each is read once.
import { folderOf } from '../files/descriptor.ts';
import { Failure } from '../model/failure.ts';
import { describeSource, readSecret, type SecretSource, settingOf } from './secret.ts';
import { secretFlaw } from './secret-flaw.ts';
import { byLine, parseConfig, placeOf, type Validation, type ValidationContext, validateDocument } from './validate.ts';

/** As validateConfig; a secret that cannot be read, or does not look like one, is a problem. None is repeated. */
export async function validateWithSecrets(
  file: string,
  text: string,
  context: ValidationContext,
  env: NodeJS.ProcessEnv,
): Promise<Validation> {
  const document = parseConfig(file, text, context);
  const { validation, secrets } = validateDocument(document, file, context);
  const problems = [...(validation.problems ?? [])];
  const reported = new Set(problems.map(placeOf));
  for (const [account, sources] of secrets) {
    for (const [field, source] of Object.entries(sources)) {
      const fault = await faultOf(source, env, folderOf(file));
      if (fault === undefined) continue;
      const problem = document.problem(['accounts', account, settingOf(field, source)], fault);
      if (!reported.has(placeOf(problem))) problems.push(problem);
    }
  }
  return problems.length === 0 ? validation : { problems: problems.toSorted(byLine) };
}

async function faultOf(source: SecretSource, env: NodeJS.ProcessEnv, folder: string): Promise<string | undefined> {
  try {
    const flaw = secretFlaw(await readSecret(source, env, folder));
    return flaw === undefined ? undefined : `${describeSource(source, folder)} ${flaw}`;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.message;
  }
}
