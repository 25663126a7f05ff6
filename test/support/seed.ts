// Property tests try the same values each time, so that a change is judged by itself; FC_SEED=1 tries others.
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 20_261_122) });
