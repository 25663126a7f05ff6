// Property tests use the same values in each run, so that failures are reproducible; FC_SEED=1 uses others.
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 20_261_122) });
