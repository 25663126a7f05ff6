// The thread that validates one configuration and exits, which returns all its memory at once.
import { parentPort, workerData } from 'node:worker_threads';
import { validateConfig } from '../config/validate.ts';
import { type ThreadInput, toThreadOutput, validationContext } from './validation.ts';

const { file, text } = workerData as ThreadInput;
const validation = await validateConfig(file, text, validationContext());
parentPort?.postMessage(toThreadOutput(validation));
