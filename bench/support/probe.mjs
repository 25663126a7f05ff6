// Loaded into a measured program before it starts: reports its CPU time, memory and longest block over IPC, on request.
import { openSync, readSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** A timer has to fire once after a block before the block is measured. */
const settleMs = 10;

const delay = monitorEventLoopDelay({ resolution: 1 });
const buffer = Buffer.alloc(64);
const waits = openWaits();
let timer;
let longestMs = 0;

/** Where Linux counts how long the main thread has waited for a CPU; undefined elsewhere. */
function openWaits() {
  try {
    return openSync('/proc/self/schedstat');
  } catch {
    return undefined;
  }
}

/** Milliseconds without those in which other programs had the CPU. */
function ownTimeMs() {
  const now = performance.now();
  if (waits === undefined) return now;
  const [, waitedNs] = buffer.latin1Slice(0, readSync(waits, buffer, 0, buffer.length, 0)).split(' ');
  return now - Number(waitedNs) / 1e6;
}

function watch() {
  let last = ownTimeMs();
  longestMs = 0;
  timer = setInterval(() => {
    const now = ownTimeMs();
    longestMs = Math.max(longestMs, now - last);
    last = now;
  }, 1);
  delay.reset();
  delay.enable();
}

function unwatch() {
  clearInterval(timer);
  delay.disable();
  return { ms: longestMs, withWaitsMs: delay.max / 1e6 };
}

function usage() {
  const { user, system } = process.cpuUsage();
  return {
    cpuMs: (user + system) / 1000,
    rssBytes: process.memoryUsage.rss(),
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}

const answers = {
  usage: (answer) => answer(usage()),
  watch: (answer) => {
    watch();
    setTimeout(answer, settleMs, {});
  },
  unwatch: (answer) => setTimeout(() => answer(unwatch()), settleMs),
};

// Threads of the program load this file too, and have no channel.
if (isMainThread) {
  process.on('message', (question) => answers[question]((answer) => process.send(answer)));
  // The program ends when it wants to, as without this file.
  process.channel.unref();
}
