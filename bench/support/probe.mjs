// Loaded into a measured program before it starts: reports its CPU time, memory and longest block over IPC, on request.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 1 });

/** The timer of the histogram has to fire once after a block before the block is in it. */
const settleMs = 10;

const answers = {
  usage: (answer) => {
    const { user, system } = process.cpuUsage();
    answer({
      cpuMs: (user + system) / 1000,
      rssBytes: process.memoryUsage.rss(),
      peakBytes: process.resourceUsage().maxRSS * 1024,
    });
  },
  watch: (answer) => {
    delay.reset();
    delay.enable();
    setTimeout(answer, settleMs, {});
  },
  longestBlock: (answer) =>
    setTimeout(() => {
      delay.disable();
      answer({ longestBlockMs: delay.max / 1e6 });
    }, settleMs),
};

process.on('message', (question) => answers[question]((answer) => process.send(answer)));
// The program ends when it wants to, as without this file.
process.channel.unref();
