import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** What starts a process, opens a connection, or is another engine to compare with. */
const outside =
  /^(node:(child_process|https?|http2|worker_threads)$|dynalite$|z3-solver$|@permission-check\/embedded-aws|@cloud-copilot\/iam-simulate$)/;

/** What a file imports when it runs. */
const imported = /^(?:import|export)(?! type)[^;]*?\bfrom '([^']+)'|\bimport\('([^']+)'\)/gm;

/**
 * The test files that need nothing but the code that they test, and little time: no build, no process, no network, no
 * other engine, no search for counterexamples (`*.property.test.ts`). What they say and import tells, so that no list has
 * to be kept.
 * @param root The project's directory; answers paths in it.
 */
export function unitTests(root: string): string[] {
  const files = new Map<string, { pure: boolean; imports: string[] }>();
  const read = (file: string) => {
    const known = files.get(file);
    if (known !== undefined) return known;
    const text = readFileSync(join(root, file), 'utf8');
    const names = [...text.matchAll(imported)].map(([, from, at]) => from ?? at ?? '');
    const usesBuild = /(^|\/)test\//.test(file) && /'dist'|dist\//.test(text);
    const imports = names
      .flatMap((name) => pathOf(name, file) ?? [])
      .filter((path) => existsSync(join(root, path)));
    const one = { pure: !usesBuild && !names.some((name) => outside.test(name)), imports };
    files.set(file, one);
    return one;
  };
  const isPure = (file: string, seen = new Set<string>()): boolean => {
    if (seen.has(file)) return true;
    seen.add(file);
    const { pure, imports } = read(file);
    return pure && imports.every((path) => isPure(path, seen));
  };
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/test`);
  return ['test/lib', 'test/handlers', ...packages]
    .flatMap((room) =>
      readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((file) => join(room, file)),
    )
    .filter((file) => file.endsWith('.test.ts') && !file.endsWith('.property.test.ts') && isPure(file))
    .sort();
}

/** The path in the project of an imported name; undefined where it is a package of others. */
function pathOf(name: string, file: string): string | undefined {
  if (name.startsWith('.')) return normalize(join(dirname(file), name));
  if (name.startsWith('#')) return name.slice(1);
  const [, own] = /^@permission-check\/([\w-]+)$/.exec(name) ?? [];
  return own && `packages/${own}/index.ts`;
}
