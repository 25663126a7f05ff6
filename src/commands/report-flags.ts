// The flags of `report`, with its exit statuses in the help text.
import { type Command, Option } from 'commander';
import { reportFormats } from '../report/format-names.ts';
import { integer, path } from './flag-values.ts';

const statusText = `
Exit status:
  0  nothing of the following
  1  invalid flags or configuration, output not writable, or interrupted
  3  some check failed, or there is no instance
  4  something is not encrypted (SSL off, no encryption at rest, no enabled key),
     or a certificate is invalid, expired or below --min-days. If 3 applies, too: 4
  A finding that the configuration accepts does not count.`;

/** Adds the flags. */
export function withReportFlags(command: Command): Command {
  return command
    .addOption(new Option('--format <format>', 'format of the report').choices(reportFormats).default('table'))
    .option(
      '--min-days <days>',
      'status 4 when a server or CA certificate has fewer days left, even if it renews automatically',
      integer(0, 99_999),
      30,
    )
    .option('--output <file>', 'write to this file instead of stdout: a regular file is replaced atomically', path)
    .addHelpText('after', statusText);
}
