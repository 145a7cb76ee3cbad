// Prints the packages that run, as CycloneDX. `npm sbom --omit dev` also leaves out what runs and is needed by some
// package for its development, so that what is for development alone is taken out here.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { name } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const command = ['sbom', '--sbom-format', 'cyclonedx', '--workspaces=false'];
const all = JSON.parse(execFileSync('npm', command, { cwd: root, encoding: 'utf8', maxBuffer: 100_000_000 }));

const isForDevelopment = ({ properties = [] }) =>
  properties.some((property) => property.name === 'cdx:npm:package:development');
const components = all.components.filter((component) => !isForDevelopment(component));
// npm calls the project by the name of its directory.
const component = { ...all.metadata.component, name };
const refs = new Set([component, ...components].map((one) => one['bom-ref']));
const dependencies = all.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) }));
const bill = { ...all, metadata: { ...all.metadata, component }, components, dependencies };
process.stdout.write(`${JSON.stringify(bill, null, 2)}\n`);
