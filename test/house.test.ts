import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

/** The rooms of lib/, each of which imports only from itself and from those before it (docs/architecture.md). */
const order =
  'errors.ts iam catalog words change account iac expectation plan observe reach compare report check past workbench evidence outbox respond probing';
const rooms = order.split(' ');

const tracked = (...paths: readonly string[]) =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...paths], {
    encoding: 'utf8',
  })
    .split('\n')
    .filter((path) => path.endsWith('.ts'));

/** What a file imports, as paths from the project's root; packages by their names. */
function importsOf(file: string): string[] {
  const found = readFileSync(file, 'utf8').matchAll(/(?:\bfrom|\bimport|\bimport\()\s*'([^']+)'/g);
  return [...found].map(([, name = '']) =>
    name.startsWith('.') ? normalize(join(dirname(file), name)) : name.replace(/^#/, ''),
  );
}

const arrows = (...paths: readonly string[]) =>
  tracked(...paths).flatMap((file) => importsOf(file).map((to) => [file, to] as const));
const roomOf = (path: string) => rooms.indexOf(path.split('/')[1] ?? '');
const shown = (found: readonly (readonly [string, string])[]) =>
  found.map(([from, to]) => `${from} imports ${to}`);

test('data goes one way through the rooms of lib', () => {
  expect(tracked('lib').filter((file) => roomOf(file) < 0)).toEqual([]);
  const inside = arrows('lib').filter(([, to]) => to.startsWith('lib/'));
  expect(inside.length).toBeGreaterThan(500);
  expect(shown(inside.filter(([from, to]) => roomOf(to) > roomOf(from)))).toEqual([]);
  expect(shown(arrows('lib').filter(([, to]) => /^(cli|handlers|test)\//.test(to)))).toEqual([]);
});

test('no file of lib imports itself by way of others', () => {
  const imports = new Map(tracked('lib').map((file) => [file, importsOf(file)]));
  const finished = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' imports '));
    if (path.includes(file) || finished.has(file)) return;
    for (const to of imports.get(file) ?? []) visit(to, [...path, file]);
    finished.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  expect(imports.size).toBeGreaterThan(200);
  expect(circles).toEqual([]);
});

test('every client of a function gives a call up that hangs', () => {
  const texts = tracked('lib', 'handlers').map((file) => [file, readFileSync(file, 'utf8')] as const);
  // What clients are made with, by the names of what it is spread into.
  const spread = texts.flatMap(([, text]) =>
    [...text.matchAll(/const (\w+) = \{\s*\.\.\.REQUEST_LIMITS\b/g)].map(([, name = '']) => name),
  );
  const limited = new RegExp(`\\b(REQUEST_LIMITS|${spread.join('|')})\\b`);
  const made = texts.flatMap(([file, text]) =>
    [...text.matchAll(/^(?! \*).*new (\w+Client)\(([^;]*)/gm)].map(([, client, given = '']) => ({
      client: `${client} of ${file}`,
      isLimited: limited.test(given.slice(0, given.indexOf(')'))),
    })),
  );
  expect(made.length).toBeGreaterThan(20);
  expect(made.filter(({ isLimited }) => !isLimited)).toEqual([]);
});

test('the picture of the house has every room, in the order in which data goes', () => {
  const picture = readFileSync('docs/architecture.md', 'utf8');
  const drawn = [...picture.matchAll(/^ {6}([a-z.]+)\/? {2,}/gm)].map(([, name]) => name);
  expect(drawn.filter((name) => rooms.includes(name ?? ''))).toEqual(rooms);
});

test('handlers and the command line stand side by side', () => {
  expect(shown(arrows('handlers').filter(([, to]) => to.startsWith('cli/')))).toEqual([]);
  expect(shown(arrows('cli').filter(([, to]) => to.startsWith('handlers/')))).toEqual([]);
});

test('packages are entered by their door and look at nothing of the application', () => {
  const inside = (to: string) => /^packages\/|^@permission-check\/[^/]+\//.test(to);
  expect(shown(arrows('lib', 'cli', 'handlers').filter(([, to]) => inside(to)))).toEqual([]);
  // What a package gives its own tests (an account to test on, random policies) is lent to other tests.
  const source = arrows('test', 'bench', 'scripts').filter(([, to]) => /^packages\/[^/]+\/src\//.test(to));
  expect(shown(source)).toEqual([]);
  const across = arrows('packages/*/src', 'packages/*/index.ts').filter(([from, to]) => {
    const own = from.split('/').slice(0, 2).join('/');
    return /^(lib|cli|handlers|test)\//.test(to) || (to.startsWith('packages/') && !to.startsWith(`${own}/`));
  });
  expect(shown(across)).toEqual([]);
});

test('each test in test/lib stands where the code that it tests stands in lib', () => {
  /** Files of lib/ that a test imports, also by way of its helpers. */
  const subjects = (file: string, seen = new Set<string>()): string[] => {
    if (file.startsWith('lib/')) return [file];
    if (seen.has(file) || !existsSync(file)) return [];
    seen.add(file);
    return importsOf(file).flatMap((to) => subjects(to, seen));
  };
  const tests = tracked('test/lib').filter((file) => file.endsWith('.test.ts'));
  expect(tests.length).toBeGreaterThan(50);
  const astray = tests.filter((file) => {
    const namesake = file.replace('test/', '').replace('.test.ts', '.ts');
    const [, , room] = file.split('/');
    return (
      !existsSync(namesake) &&
      !subjects(file).some((path) => path.startsWith(`lib/${room}/`) && existsSync(path))
    );
  });
  expect(astray).toEqual([]);
});
