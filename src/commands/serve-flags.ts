// The flags of the commands that serve HTTP, and how their values are read.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type BasePaths, resolveBasePaths } from '../web/base-path.ts';
import { type ListenAddress, parseListenAddress } from '../web/listen.ts';
import { instancePath, probePath, sdPath } from '../web/paths.ts';
import { integer, offset } from './flag-values.ts';
import type { ServeFlags } from './serve.ts';

/** Flags by their names, as commander returns them. */
export type RawFlags = Record<string, unknown>;

const maxShards = 1000;

/** Adds `--web.config.file` to a command. */
export function withWebConfigFlag(command: Command): Command {
  return command.addOption(
    new Option('--web.config.file <path>', 'TLS, users and headers, in the format of Prometheus exporters'),
  );
}

/** Adds the flags of `serve` to a command. */
export function withServeFlags(command: Command, defaultAddress: string): Command {
  return withWebConfigFlag(command)
    .addOption(
      // No commander default: it would be passed to the parser as a previous address.
      new Option(
        '--web.listen-address <address>',
        `HOST:PORT or :PORT to listen on; may be repeated; port 0 picks a free one (default: ${defaultAddress})`,
      ).argParser(listenAddresses),
    )
    .addOption(
      new Option(
        '--web.probe-listen-address <address>',
        'HOST:PORT or :PORT of a second listener for /-/healthy and /-/ready only, without TLS or password; may be repeated',
      )
        .argParser(listenAddresses)
        .default([], 'none'),
    )
    .addOption(
      new Option('--web.telemetry-path <path>', 'path of the metrics, below the prefix')
        .argParser(telemetryPath)
        .default('/metrics'),
    )
    .addOption(
      new Option(
        '--web.external-url <url>',
        'URL behind a reverse proxy, for links and targets; its path is the default prefix',
      ).default('', 'none'),
    )
    .addOption(
      new Option('--web.route-prefix <path>', 'prefix of all paths; / where the proxy removes it').default(
        '',
        'path of --web.external-url',
      ),
    )
    .addOption(
      new Option(
        '--web.max-requests <number>',
        'maximum concurrent scrapes, of each target; further ones get 503; 0: no limit',
      )
        .argParser(integer(0, 999_999_999))
        .default(40),
    )
    .addOption(new Option('--web.enable-lifecycle', 'enable POST /-/reload to reload the configuration').default(false))
    .addOption(
      new Option('--scrape.timeout-offset <duration>', "return this long before Prometheus's scrape timeout")
        .argParser(offset)
        .default(500, '0.5s'),
    )
    .addOption(
      new Option('--shard <number>', 'number of this shard, from 0').argParser(integer(0, maxShards - 1)).default(0),
    )
    .addOption(
      new Option('--total-shards <number>', 'number of exporters that share the instances and the rate limits')
        .argParser(integer(1, maxShards))
        .default(1),
    );
}

function listenAddresses(text: string, previous: readonly ListenAddress[] = []): ListenAddress[] {
  const address = parseListenAddress(text);
  if (address === undefined) throw new InvalidArgumentError('Give HOST:PORT, [IPV6]:PORT or :PORT.');
  return [...previous, address];
}

const reservedPaths = ['/', instancePath, probePath, sdPath];

function telemetryPath(text: string): string {
  if (!/^\/[\w./-]*$/.test(text) || reservedPaths.includes(text) || text.startsWith('/-/')) {
    throw new InvalidArgumentError(`Give a path such as /metrics; ${reservedPaths.join(', ')} and /-/… are reserved.`);
  }
  return text;
}

/** The values of the flags that `withServeFlags` added; exits with a message when they contradict each other. */
export function serveFlags(options: RawFlags, command: Command, defaultAddress: string): ServeFlags {
  const shard = Number(options['shard']);
  const totalShards = Number(options['totalShards']);
  if (shard >= totalShards) {
    command.error(`error: --shard=${shard} must be less than --total-shards=${totalShards}: shards count from 0`);
  }
  return {
    listenAddresses: (options['web.listenAddress'] as ListenAddress[] | undefined) ?? listenAddresses(defaultAddress),
    probeAddresses: options['web.probeListenAddress'] as ListenAddress[],
    base: basePaths(options, command),
    telemetryPath: String(options['web.telemetryPath']),
    maxRequests: Number(options['web.maxRequests']),
    enableLifecycle: options['web.enableLifecycle'] === true,
    timeoutOffsetMs: Number(options['scrape.timeoutOffset']),
    shard: { shard, totalShards },
  };
}

function basePaths(options: RawFlags, command: Command): BasePaths {
  try {
    return resolveBasePaths(String(options['web.externalUrl']), String(options['web.routePrefix']));
  } catch (error) {
    return command.error(`error: ${error instanceof Error ? error.message : 'invalid base path'}`);
  }
}
