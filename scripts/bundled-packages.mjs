import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const packagePath = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//;

/**
 * The packages of others that went into bundles, by name and version.
 * @param root The project's directory.
 * @param metafiles What esbuild says of each bundle.
 * @returns For each: name, version, license (SPDX), whether our own code imports it, and the text of its license files.
 */
export function bundledPackages(root, metafiles) {
  const packages = new Map();
  const imported = new Set();
  for (const [path, { imports }] of metafiles.flatMap(({ inputs }) => Object.entries(inputs))) {
    const [, directory] = packagePath.exec(path) ?? [];
    if (directory !== undefined) packages.set(directory, read(join(root, directory)));
    else for (const one of imports) imported.add(packagePath.exec(one.path)?.[1]);
  }
  return [...packages]
    .map(([directory, one]) => ({ ...one, imported: imported.has(directory) }))
    .sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

function read(directory) {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const texts = readdirSync(directory)
    .filter((file) => /^(licen[cs]e|notice|copying)\b/i.test(file))
    .map((file) => readFileSync(join(directory, file), 'utf8').trim());
  // An old form of the field is { type }.
  return { name, version, license: license?.type ?? license, texts };
}

/** What the licenses of those packages ask to be passed on with them; a text that many share is there once. */
export function noticesOf(packages) {
  const holders = new Map();
  for (const { name, version, license, texts } of packages) {
    const text = texts.join('\n\n') || `(its package holds no text of its license, ${license})`;
    holders.set(text, [...(holders.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  const line = '-'.repeat(100);
  return [...holders].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`).join(`\n${line}\n\n`);
}
