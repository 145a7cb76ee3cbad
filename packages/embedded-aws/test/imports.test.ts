import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const files = (directory: string): string[] =>
  readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(root, directory, name));

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/\bfrom '([^']+)'/g)].map(([, from = '']) => from);

/** `iam` of src/iam/service.ts; a file that lies in src itself is a room of its own. */
const roomOf = (file: string): string => relative(join(root, 'src'), file).split(sep)[0] ?? '';

/** The rooms that import each other in a circle; empty where there is none. */
function circle(rooms: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const done = new Set<string>();
  const follow = (room: string, path: readonly string[]): string[] => {
    if (path.includes(room)) return [...path.slice(path.indexOf(room)), room];
    if (done.has(room)) return [];
    for (const next of rooms.get(room) ?? []) {
      const found = follow(next, [...path, room]);
      if (found.length > 0) return found;
    }
    done.add(room);
    return [];
  };
  for (const room of rooms.keys()) {
    const found = follow(room, []);
    if (found.length > 0) return found;
  }
  return [];
}

describe('the package', () => {
  it.each(['src', 'testing', 'test'])('imports in %s nothing that lies outside it', (directory) => {
    const outside = files(directory).flatMap((file) =>
      importsOf(file).filter((from) =>
        from.startsWith('.')
          ? relative(root, resolve(dirname(file), from)).startsWith('..')
          : from.startsWith('#'),
      ),
    );
    expect(outside).toEqual([]);
  });

  it('enters other packages of the workspace by their doors', () => {
    const entered = files('src').flatMap((file) =>
      importsOf(file).filter((from) => from.startsWith('@permission-check/')),
    );
    expect([...new Set(entered)].sort()).toEqual([
      '@permission-check/cloudformation',
      '@permission-check/iam-policy',
    ]);
  });

  it('has no rooms that import each other in a circle', () => {
    const rooms = new Map<string, Set<string>>();
    for (const file of files('src')) {
      const room = roomOf(file);
      const inside = importsOf(file)
        .filter((from) => from.startsWith('.'))
        .map((from) => roomOf(resolve(dirname(file), from)))
        .filter((other) => other !== room);
      rooms.set(room, new Set([...(rooms.get(room) ?? []), ...inside]));
    }
    expect(circle(rooms)).toEqual([]);
  });
});
