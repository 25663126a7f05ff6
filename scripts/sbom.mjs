// Prints the bill of materials of the program (CycloneDX): its libraries as the lock file has them, and nothing that is for
// development only. The same lock file gives the same bytes with the same npm.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const read = (name) => JSON.parse(readFileSync(name, 'utf8'));
const { devDependencies: _, ...manifest } = read('package.json');
const lock = read('package-lock.json');
// `--omit=dev` would also omit libraries of the program that a tool needs as well.
lock.packages = Object.fromEntries(Object.entries(lock.packages).filter(([, { dev }]) => !dev));
delete lock.packages[''].devDependencies;

const temporary = mkdtempSync(join(tmpdir(), 'sbom-'));
try {
  // npm names the subject of the bill after the folder.
  const folder = join(temporary, manifest.name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
  const args = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application'];
  const bill = JSON.parse(execFileSync('npm', args, { cwd: folder, encoding: 'utf8' }));
  // Both are optional, and differ each time.
  delete bill.serialNumber;
  delete bill.metadata.timestamp;
  console.log(JSON.stringify(bill, undefined, 2));
} finally {
  rmSync(temporary, { recursive: true });
}
